#include "storage/backup_check.hpp"

#include "storage/base.hpp"
#include "storage/kept_events.hpp"
#include "storage/log_reader.hpp"
#include "storage/store_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace weir::storage {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view base_begin = "base-";

bool is_segment(const backup_file& file) {
  return fs::path{file.original}.extension() == ".log" && file.original.starts_with("log/");
}

bool is_kept(const backup_file& file) {
  return fs::path{file.original}.extension() == ".kept" && file.original.starts_with("log/");
}

error damaged(const fs::path& path, std::string_view why) {
  return fail(errc::storage_damaged, fmt::format("{}: {}", path.string(), why));
}

/// Whether the segments follow each other and reach from floor to head.
status check_chain(const fs::path& directory, const backup_manifest& manifest,
                   const std::vector<segment_file>& segments) {
  if (segments.empty())
    return damaged(directory / manifest_name, "it names no segment");
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const auto& [header, path] = segments[i];
    if (header.store_id != manifest.store_id)
      return damaged(path, "it is of another store");
    if (i > 0 && header.previous_start != segments[i - 1].header.start)
      return damaged(path, "the segment in front of it is missing");
  }
  const auto& first = segments.front().header;
  const auto is_first = first.previous_start == 0 && first.previous_end == first_log_position;
  if (first.start != manifest.floor || (!is_first && base_of(manifest).empty()))
    return damaged(segments.front().path, "what lies in front of it is missing");
  const auto& last = segments.back();
  if (last.header.incarnation != manifest.incarnation || last.header.start > manifest.head)
    return damaged(last.path, "it is not the end that the manifest says");
  return {};
}

result<log_contents> walk(const std::shared_ptr<segment_table>& segments, const backup_manifest& manifest,
                          const byte_watch& watch) {
  log_contents found;
  log_scanner scanner{segments, manifest.floor};
  for (auto before = scanner.position();; before = scanner.position()) {
    const auto step = scanner.next();
    if (!step)
      return step.error();
    const auto segment = segments->covering(scanner.position());
    const auto at = segment ? segment->path : fs::path{"log"};
    if (*step == log_scanner::outcome::broken)
      return damaged(at, fmt::format("position {}: {}", scanner.position(), scanner.reason()));
    if (scanner.expected())
      found.last_group = *scanner.expected() - 1;
    if (*step == log_scanner::outcome::end && scanner.position() != manifest.head)
      return damaged(at, fmt::format("the log ends at position {}, not at {}", scanner.position(), manifest.head));
    if (*step == log_scanner::outcome::end)
      return found;
    found.records += scanner.current().records.size();
    if (watch && !watch(scanner.position() - before))
      return stopped_early();
  }
}

status check_base(const fs::path& directory, const backup_manifest& manifest) {
  const auto name = base_of(manifest);
  if (name.empty())
    return {};
  const auto path = directory / name;
  const auto covers = meta_of(path);
  if (!covers)
    return damaged(path, covers.error().detail);
  if (covers->store_id != manifest.store_id || covers->position > manifest.head)
    return damaged(path, "it is not of this log");
  return {};
}

} // namespace

std::string base_of(const backup_manifest& manifest) {
  for (const auto& file : manifest.files)
    if (file.path.starts_with(base_begin))
      return fs::path{file.path}.parent_path().string();
  return {};
}

std::uint64_t log_bytes_of(const backup_manifest& manifest) {
  std::uint64_t sum = 0;
  for (const auto& file : manifest.files)
    if (is_segment(file))
      sum += file.bytes;
  return sum;
}

result<std::vector<segment_file>> segments_of(const fs::path& directory, const backup_manifest& manifest) {
  std::vector<segment_file> segments;
  for (const auto& one : manifest.files) {
    if (!is_segment(one))
      continue;
    const auto path = directory / one.path;
    const auto header = read_segment_header(path);
    if (!header)
      return header.error();
    if (fs::path{"log"} / segment_name(header->start) != one.original)
      return damaged(path, fmt::format("it begins at position {}", header->start));
    segments.push_back({*header, path});
  }
  std::sort(segments.begin(), segments.end(),
            [](const auto& a, const auto& b) { return a.header.start < b.header.start; });
  return segments;
}

result<log_contents> check_contents(const fs::path& directory, const backup_manifest& manifest,
                                    const byte_watch& watch) {
  auto segments = segments_of(directory, manifest);
  if (!segments)
    return segments.error();
  if (auto follows = check_chain(directory, manifest, *segments); !follows)
    return follows.error();
  for (const auto& file : manifest.files)
    if (is_kept(file))
      if (const auto kept = kept_file::read(directory / file.path, manifest.store_id); !kept)
        return kept.error();
  if (auto base = check_base(directory, manifest); !base)
    return base.error();
  return walk(std::make_shared<segment_table>(*std::move(segments)), manifest, watch);
}

result<backup_manifest> complete_manifest(const fs::path& directory) {
  auto manifest = read_manifest(directory);
  if (!manifest)
    return manifest.error();
  if (!*manifest)
    return fail(errc::not_found, fmt::format("{} is not a backup: it has no {}", directory.string(), manifest_name));
  if (!(*manifest)->complete)
    return fail(errc::state_conflict, fmt::format("the backup in {} was never finished", directory.string()));
  return **std::move(manifest);
}

backup_report report_of(const backup_manifest& manifest) {
  backup_report report;
  report.store_id = to_hex(manifest.store_id.data(), manifest.store_id.size());
  report.incarnation = to_hex(manifest.incarnation.data(), manifest.incarnation.size());
  report.floor = manifest.floor;
  report.head = manifest.head;
  report.taken_at = manifest.taken_at;
  report.files = manifest.files.size();
  report.bytes = manifest.bytes();
  report.log_records = manifest.log_records;
  return report;
}

result<backup_report> check_backup(const fs::path& directory, const backup_watch& watch) {
  const auto manifest = complete_manifest(directory);
  if (!manifest)
    return manifest.error();
  backup_progress at{"checking", 0, manifest->bytes() + log_bytes_of(*manifest)};
  const byte_watch advance = [&](std::uint64_t bytes) {
    at.done += bytes;
    return !watch || watch(at);
  };
  for (const auto& file : manifest->files) {
    const auto hash = hash_file(directory / file.path, file.bytes, advance);
    if (!hash)
      return hash.error();
    if (*hash != file.hash)
      return damaged(directory / file.path, "it was changed since the backup was made");
  }
  const auto contents = check_contents(directory, *manifest, advance);
  if (!contents)
    return contents.error();
  if (contents->records != manifest->log_records || contents->last_group != manifest->last_group)
    return damaged(directory / manifest_name,
                   fmt::format("it says {} records up to group {}, {} up to group {} are there", manifest->log_records,
                               manifest->last_group, contents->records, contents->last_group));
  return report_of(*manifest);
}

} // namespace weir::storage
