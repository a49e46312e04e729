#include "telemetry/failpoint.hpp"

#ifdef WEIR_FAILPOINTS

#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <span>
#include <stdexcept>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

namespace weir::failpoint {

namespace {

constexpr int exit_not_understood = 2;
constexpr std::size_t name_bytes = 48;

/// One row of the report.
struct counts {
  char name[name_bytes];
  std::uint64_t passed;
  std::uint64_t killed;
  std::uint64_t thrown;
  std::uint64_t to_throw; ///< written by the test while the program runs
};

constexpr std::array<std::string_view, 7> mutations{"none",
                                                    "no_sync",
                                                    "ack_before_sync",
                                                    "view_ahead",
                                                    "no_torn_tail_check",
                                                    "no_hash_check",
                                                    "commit_without_effects"};

[[noreturn]] void refuse(const std::string& variable, std::string_view text, std::span<const std::string_view> known) {
  auto sentence = variable + ": '" + std::string{text} + "' is not understood";
  for (const auto name : known)
    sentence.append(name == known.front() ? "; there are " : " ").append(name);
  std::fprintf(stderr, "%s\n", sentence.c_str());
  std::_Exit(exit_not_understood);
}

std::string_view setting(const char* variable) {
  const char* text = std::getenv(variable); // NOLINT(concurrency-mt-unsafe): before main there is one thread
  return text == nullptr ? std::string_view{} : std::string_view{text};
}

template <std::size_t N>
std::size_t find(const std::array<std::string_view, N>& known, std::string_view name) {
  std::size_t at = 0;
  while (at < N && known[at] != name)
    ++at;
  return at;
}

class orders {
public:
  orders() {
    for (auto rest = setting("WEIR_FP"); !rest.empty();) {
      const auto comma = rest.find(',');
      take(rest.substr(0, comma));
      rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
    }
    if (const auto name = setting("WEIR_MUTATION"); !name.empty()) {
      const auto which = find(mutations, name);
      if (which == mutations.size())
        refuse("WEIR_MUTATION", name, mutations);
      mutated = static_cast<mutation>(which);
    }
    if (const auto path = setting("WEIR_FP_REPORT"); !path.empty())
      share(path.data());
  }

  void pass(std::size_t number) {
    ++std::atomic_ref{rows_[number].passed};
    if (++passes_[number] != kill_at_[number]) {
      throw_if_told(number);
      return;
    }
    ++std::atomic_ref{rows_[number].killed};
    ::kill(::getpid(), SIGKILL);
    for (;;)
      ::pause(); // nothing behind this place is reached by this thread
  }

  mutation mutated = mutation::none;

private:
  void throw_if_told(std::size_t number) {
    std::atomic_ref left{rows_[number].to_throw};
    auto seen = left.load();
    while (seen > 0 && !left.compare_exchange_weak(seen, seen - 1))
      continue;
    if (seen == 0)
      return;
    ++std::atomic_ref{rows_[number].thrown};
    throw std::runtime_error("told to throw at " + std::string{names[number]});
  }

  void take(std::string_view order) {
    constexpr std::string_view kill = "=kill@";
    constexpr std::string_view count = "=count";
    const auto number = find(names, order.substr(0, order.find('=')));
    if (number == names.size())
      refuse("WEIR_FP", order, names);
    const auto what = order.substr(names[number].size());
    if (what == count)
      return;
    const auto* const end = order.data() + order.size();
    const auto* const from = what.starts_with(kill) ? what.data() + kill.size() : end;
    const auto [read_to, code] = std::from_chars(from, end, kill_at_[number]);
    if (code != std::errc{} || read_to != end || kill_at_[number] == 0)
      refuse("WEIR_FP", order, names);
  }

  void share(const char* path) {
    const auto fd = ::open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (fd < 0 || ::ftruncate(fd, sizeof(own_)) != 0)
      refuse("WEIR_FP_REPORT", path, {});
    auto* const memory = ::mmap(nullptr, sizeof(own_), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ::close(fd);
    if (memory == MAP_FAILED)
      refuse("WEIR_FP_REPORT", path, {});
    rows_ = static_cast<counts*>(memory);
    for (std::size_t i = 0; i < names.size(); ++i)
      std::memcpy(rows_[i].name, names[i].data(), names[i].size());
  }

  std::array<counts, names.size()> own_{};
  counts* rows_ = own_.data();
  std::array<std::atomic<std::uint64_t>, names.size()> passes_{};
  std::array<std::uint64_t, names.size()> kill_at_{};
};

/// Read before `main`, so that a wrong order is refused at once.
orders told; // NOLINT(cert-err58-cpp): it ends the program by itself

} // namespace

void pass(std::size_t number) {
  told.pass(number);
}

bool is_on(mutation which) noexcept {
  return told.mutated == which;
}

} // namespace weir::failpoint

#endif
