#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace weir::bench {

/// `--name value` pairs of a benchmark program. A wrong line ends the program
/// with a sentence: nobody but `bench/run` calls it.
class arguments {
public:
  arguments(int argc, char** argv);

  [[nodiscard]] std::string text(const std::string& name) const;
  [[nodiscard]] std::string text(const std::string& name, const std::string& otherwise) const;
  [[nodiscard]] std::uint64_t number(const std::string& name, std::uint64_t otherwise) const;
  [[nodiscard]] double seconds() const;

private:
  std::map<std::string, std::string> given_;
};

/// Ends the program with a sentence.
[[noreturn]] void give_up(const std::string& why);

} // namespace weir::bench
