#include "storage/backup_manifest.hpp"

#include "domain/hash.hpp"
#include "domain/time.hpp"
#include "storage/posix_file.hpp"
#include "storage/store_rules.hpp"
#include "storage/whole_file.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <system_error>

namespace weir::storage {

namespace {

using nlohmann::json;

constexpr int hex_base = 16;

json body_of(const backup_manifest& manifest) {
  auto files = json::array();
  for (const auto& file : manifest.files)
    files.push_back(
        {{"path", file.path}, {"original", file.original}, {"bytes", file.bytes}, {"hash", hex16(file.hash)}});
  return {{"format", backup_format_version},
          {"complete", manifest.complete},
          {"storeId", to_hex(manifest.store_id.data(), manifest.store_id.size())},
          {"incarnation", to_hex(manifest.incarnation.data(), manifest.incarnation.size())},
          {"floor", manifest.floor},
          {"head", manifest.head},
          {"lastGroup", manifest.last_group},
          {"logRecords", manifest.log_records},
          {"takenAt", to_rfc3339(manifest.taken_at)},
          {"program", manifest.program},
          {"files", std::move(files)}};
}

std::string text_of(const json& body) {
  return body.dump(1, ' ', false, json::error_handler_t::replace);
}

template <class Number>
bool read_hex(std::string_view text, Number& into) {
  const auto end = text.data() + text.size();
  const auto got = std::from_chars(text.data(), end, into, hex_base);
  return got.ec == std::errc{} && got.ptr == end && !text.empty();
}

store_uuid uuid_of(const std::string& hex) {
  store_uuid out{};
  if (hex.size() != out.size() * 2)
    throw std::invalid_argument("an id is not of 32 hex digits");
  for (std::size_t i = 0; i < out.size(); ++i)
    if (!read_hex(std::string_view{hex}.substr(i * 2, 2), out[i]))
      throw std::invalid_argument("an id is not of 32 hex digits");
  return out;
}

/// "log/NAME" or "base-.../NAME", so that nothing outside is ever touched.
std::string inner_path(const std::string& text) {
  const std::filesystem::path path{text};
  const auto folder = path.parent_path().string();
  const auto name = path.filename().string();
  const auto known = folder == "log" || (folder.starts_with("base-") && folder.find('/') == std::string::npos);
  if (!known || name.empty() || name == "." || name == ".." || text.find('\0') != std::string::npos)
    throw std::invalid_argument("it names the file " + text);
  return text;
}

backup_manifest manifest_of(const json& body) {
  backup_manifest out;
  out.complete = body.at("complete").get<bool>();
  out.store_id = uuid_of(body.at("storeId").get<std::string>());
  out.incarnation = uuid_of(body.at("incarnation").get<std::string>());
  body.at("floor").get_to(out.floor);
  body.at("head").get_to(out.head);
  body.at("lastGroup").get_to(out.last_group);
  body.at("logRecords").get_to(out.log_records);
  const auto taken = parse_rfc3339(body.at("takenAt").get<std::string>());
  if (!taken)
    throw std::invalid_argument(taken.error().detail);
  out.taken_at = *taken;
  body.at("program").get_to(out.program);
  for (const auto& one : body.at("files")) {
    backup_file file{inner_path(one.at("path").get<std::string>()), inner_path(one.at("original").get<std::string>()),
                     one.at("bytes").get<std::uint64_t>()};
    if (!read_hex(one.at("hash").get<std::string>(), file.hash))
      throw std::invalid_argument("a hash is not of hex digits");
    out.files.push_back(std::move(file));
  }
  return out;
}

} // namespace

const backup_file* backup_manifest::find(const std::string& path) const {
  const auto found =
      std::find_if(files.begin(), files.end(), [&](const backup_file& file) { return file.path == path; });
  return found == files.end() ? nullptr : &*found;
}

std::uint64_t backup_manifest::bytes() const {
  std::uint64_t sum = 0;
  for (const auto& file : files)
    sum += file.bytes;
  return sum;
}

std::string encode_manifest(const backup_manifest& manifest) {
  auto body = body_of(manifest);
  body["checksum"] = hex16(xxh3_64(text_of(body)));
  return text_of(body) + "\n";
}

result<backup_manifest> decode_manifest(std::string_view text) {
  try {
    auto body = json::parse(text);
    if (const auto format = body.at("format").get<std::uint64_t>(); format != backup_format_version)
      return fail(errc::unsupported,
                  fmt::format("format {} is another than {}, which this program knows", format, backup_format_version));
    const auto checksum = body.at("checksum").get<std::string>();
    body.erase("checksum");
    if (checksum != hex16(xxh3_64(text_of(body))))
      return fail(errc::storage_damaged, "it fails its checksum");
    return manifest_of(body);
  } catch (const std::exception& problem) {
    return fail(errc::storage_damaged, problem.what());
  }
}

status write_manifest(const std::filesystem::path& directory, const backup_manifest& manifest) {
  return write_whole(directory / manifest_name, encode_manifest(manifest));
}

result<std::optional<backup_manifest>> read_manifest(const std::filesystem::path& directory) {
  const auto path = directory / manifest_name;
  std::error_code code;
  if (!std::filesystem::exists(path, code))
    return code ? result<std::optional<backup_manifest>>{file_error("look for", path, code)}
                : std::optional<backup_manifest>{};
  const auto text = read_whole(path);
  if (!text)
    return text.error();
  auto manifest = decode_manifest(*text);
  if (!manifest)
    return fail(manifest.error().code, fmt::format("{}: {}", path.string(), manifest.error().detail));
  return std::optional{*std::move(manifest)};
}

} // namespace weir::storage
