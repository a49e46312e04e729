#include "app/patch_file.hpp"

#include "domain/merge_patch.hpp"

#include <fstream>
#include <istream>
#include <iterator>

namespace weir::app {

result<std::string> read_patch_file(const command_call& call, const std::string& path) {
  std::ifstream file;
  if (path != "-") {
    file.open(path, std::ios::binary);
    if (!file)
      return fail(errc::bad_request, "cannot read " + path);
  }
  auto& from = path == "-" ? call.around.in : static_cast<std::istream&>(file);
  std::string text{std::istreambuf_iterator<char>{from}, {}};
  if (const auto sound = merge_patch("", text); !sound)
    return fail(errc::bad_request, path + " is not a JSON merge patch: " + sound.error().detail);
  return text;
}

} // namespace weir::app
