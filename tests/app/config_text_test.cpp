#define CAF_SUITE app.config_text
#include "app/config_text.hpp"

#include "app/version.hpp"
#include "support/weir_test.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

using namespace weir::app;

namespace {

std::string project_file(const std::string& name) {
  const auto root = std::filesystem::path{__FILE__}.parent_path().parent_path().parent_path();
  auto file = std::ifstream{root / name, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

/// The example with every option taken out of its comment.
std::string uncommented(const std::string& text) {
  auto out = std::string{};
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find('\n', at);
    auto line = text.substr(at, end - at);
    if (line.starts_with('#') && !line.starts_with("# "))
      line.erase(0, 1);
    out += line + "\n";
    at = end + 1;
  }
  return out;
}

} // namespace

CAF_TEST(the example in the project is the one that is printed) {
  CAF_CHECK(project_file("config/weir.example.toml") == example_file());
}

CAF_TEST(the reference page in the project is the one that is printed) {
  CAF_CHECK(project_file("docs/configuration.md") == reference_page());
}

CAF_TEST(the files in the project load without a complaint) {
  for (const auto* name : {"config/weir.example.toml", "config/single-node.toml"}) {
    const auto content =
        read_config_text(project_file(name), name, {[](std::string_view) { return std::nullopt; }, {}});
    CAF_CHECK(content.problems.empty());
  }
}

CAF_TEST(the example taken out of its comments is the defaults) {
  const auto text = uncommented(example_file());
  const auto content = read_config_text(text, "example", {});
  CAF_CHECK(content.problems.empty());
  CAF_CHECK_EQUAL(content.values.size(), option_table().size());
  auto loaded = config{};
  loaded.http.max_depth = 99;
  for (const auto& entry : content.values)
    CAF_CHECK(assign(*entry.row, loaded, entry.value));
  for (const auto& row : option_table())
    CAF_CHECK_EQUAL(option_toml(row, loaded), option_toml(row, config{}));
}

CAF_TEST(every option has one key and one sentence and a sound default) {
  auto keys = std::set<std::string_view>{};
  for (const auto& row : option_table()) {
    CAF_CHECK(keys.insert(row.key).second);
    CAF_CHECK(row.doc.ends_with('.'));
    CAF_CHECK(find_option(row.key) == &row);
    CAF_CHECK(row.max == 0 || row.min < row.max);
  }
  CAF_CHECK(find_option("http.nothing") == nullptr);
  CAF_CHECK(check_together(config{}).empty());
}

CAF_TEST(variables are named after their options) {
  CAF_CHECK_EQUAL(environment_name(*find_option("http.max_body")), "WEIR_HTTP__MAX_BODY");
  CAF_CHECK(environment_list().find("WEIR_STORE__KIND                             \"embedded\"\n") !=
            std::string::npos);
}

CAF_TEST(the schema knows every option and refuses others) {
  const auto schema = nlohmann::json::parse(json_schema());
  for (const auto& row : option_table()) {
    const auto dot = row.key.find('.');
    const auto& section = schema["properties"][std::string{row.key.substr(0, dot)}];
    CAF_CHECK(section["additionalProperties"] == false);
    CAF_CHECK(section["properties"].contains(std::string{row.key.substr(dot + 1)}));
  }
  CAF_CHECK(schema["properties"]["store"]["properties"]["kind"]["enum"] == nlohmann::json({"embedded", "memory"}));
}

CAF_TEST(the version is the one of the project) {
  CAF_CHECK(project_file("CMakeLists.txt").find("project(weir VERSION " + std::string{version} + " ") !=
            std::string::npos);
}
