#define CAF_SUITE storage.format_samples
#include "domain/hash.hpp"
#include "storage/base.hpp"
#include "storage/byte_codec.hpp"
#include "storage/crc32c.hpp"
#include "storage/embedded_store.hpp"
#include "storage/high_water.hpp"
#include "storage/kept_events.hpp"
#include "storage/record_codec.hpp"
#include "storage/view.hpp"
#include "storage/view_keys.hpp"
#include "storage_damage.hpp"
#include "storage_samples.hpp"
#include "support/weir_test.hpp"

#include <functional>

using namespace weir;
using namespace weir::storage;
using namespace weir::storage::samples;

namespace {

namespace fs = std::filesystem;

/// Hash of all that the sample answered when it was made.
constexpr const char* known_content = "8f977334564c8f44";

struct fixture {
  scratch_directory folder;
  const fs::path root = folder.path() / "store";
  const fs::path sample = fs::path{__FILE__}.parent_path().parent_path() / "samples" / "store-v1";

  fixture() {
    fs::copy(sample, root, fs::copy_options::recursive);
    fs::permissions(root, fs::perms::owner_all, fs::perm_options::add);
  }

  embedded_options options() const {
    embedded_options opts;
    opts.directory = root;
    opts.segment_bytes = 4096;
    opts.disk_floor_bytes = 0;
    return opts;
  }

  /// Names and contents of all files below the folder, but the lock.
  std::map<std::string, std::string> all_bytes() const {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator{root})
      if (entry.is_directory())
        for (auto& [name, content] : bytes_of_files(entry.path()))
          files[(entry.path() / name).string()] = std::move(content);
    for (auto& [name, content] : bytes_of_files(root))
      if (name != "lock")
        files[name] = std::move(content);
    return files;
  }

  /// `bytes_of` without the directories, which it would read as empty files.
  static std::map<std::string, std::string> bytes_of_files(const fs::path& at) {
    auto files = bytes_of(at);
    std::erase_if(files, [&](const auto& file) { return fs::is_directory(at / file.first); });
    return files;
  }

  static void put_u32(const fs::path& path, std::uint64_t offset, std::uint32_t value) {
    std::string bytes;
    encoder{bytes}.u32(value);
    overwrite(path, offset, bytes);
  }

  /// What a newer program would have written: the version, and a right checksum.
  static void make_newer(const fs::path& path, std::uint64_t begin, std::size_t header_bytes) {
    put_u32(path, begin + 8, 2);
    std::string bytes(header_bytes - 4, '\0');
    std::ifstream file{path, std::ios::binary};
    file.seekg(static_cast<std::streamoff>(begin));
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    put_u32(path, begin + header_bytes - 4, crc32c(bytes));
  }

  static void make_newer_rows(const fs::path& directory) {
    const auto rows = *view::open(directory, view::access::read_write);
    auto meta = **rows->get(keys::meta);
    std::string version;
    encoder{version}.u32(view_format_version + 1);
    meta.replace(0, version.size(), version);
    staged_rows changes;
    changes[std::string{keys::meta}] = {meta};
    CAF_REQUIRE(rows->apply(changes));
    CAF_REQUIRE(rows->close());
  }

  fs::path segment(std::size_t index) const {
    return list_segments(root / "log")->sound.at(index).path;
  }
  fs::path base() const {
    return (*newest_base(root))->path;
  }
};

struct newer_part {
  const char* name;
  std::function<void(fixture&)> make;
  std::string said;
};

const std::vector<newer_part>& newer_parts() {
  static const std::string both = "format 2 is newer than 1, the newest that this program knows";
  static const std::string of_rows = "format 4 is newer than 3, the newest that this program knows";
  static const std::vector<newer_part> all{
      {"the first segment", [](fixture& f) { f.make_newer(f.segment(0), 0, segment_header_bytes); }, both},
      {"the last segment", [](fixture& f) { f.make_newer(f.segment(2), 0, segment_header_bytes); }, both},
      {"the mark",
       [](fixture& f) {
         f.make_newer(f.root / "high-water", 0, 64);
         f.make_newer(f.root / "high-water", 512, 64);
       },
       both},
      {"a kept file", [](fixture& f) { f.make_newer(f.root / "log" / kept_name(first_log_position), 0, 64); }, both},
      {"the view", [](fixture& f) { f.make_newer_rows(f.root / "view"); }, of_rows},
      {"the base", [](fixture& f) { f.make_newer_rows(f.base()); }, of_rows},
  };
  return all;
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(format_samples_tests, fixture)

CAF_TEST(the sample opens is verified and holds what it held) {
  const auto db = *embedded_store::open(options(), at(0), {});
  CAF_CHECK(!db->recovery().rebuilt_view);
  CAF_CHECK_EQUAL(hex16(xxh3_64(dump(*db))), known_content);
  const auto report = *db->verify({});
  CAF_CHECK_EQUAL(report.found, 0u);
  CAF_CHECK_EQUAL(report.log_records, 53u);
  CAF_CHECK_EQUAL(db->stats().pending, 3u);
  CAF_CHECK_EQUAL(db->stats().dead_letters, 1u);
}

CAF_TEST(the base of the sample gives the same view) {
  fs::remove_all(root / "view");
  const auto db = *embedded_store::open(options(), at(0), {});
  CAF_CHECK(db->recovery().rebuilt_view);
  CAF_CHECK_EQUAL(hex16(xxh3_64(dump(*db))), known_content);
}

CAF_TEST(verifying the sample changes nothing) {
  const auto before = all_bytes();
  auto opts = options();
  opts.read_only = true;
  CAF_CHECK_EQUAL((*embedded_store::open(opts, at(0), {}))->verify({})->found, 0u);
  CAF_CHECK(all_bytes() == before);
}

CAF_TEST(a newer format of any part is refused with both versions and nothing is changed) {
  for (const auto& part : newer_parts()) {
    CAF_MESSAGE(part.name);
    fs::remove_all(root);
    fs::copy(sample, root, fs::copy_options::recursive);
    part.make(*this);
    const auto before = all_bytes();
    for (const auto accept_data_loss : {false, true})
      for (const auto read_only : {false, true}) {
        auto opts = options();
        opts.accept_data_loss = accept_data_loss;
        opts.read_only = read_only;
        const auto refused = embedded_store::open(opts, at(0), {});
        CAF_REQUIRE(!refused);
        CAF_CHECK(refused.error().code == errc::unsupported);
        CAF_CHECK(refused.error().detail.find(root.string()) != std::string::npos);
        CAF_CHECK(refused.error().detail.find(part.said) != std::string::npos);
        CAF_CHECK(refused.error().detail.find("start the newer program, or restore a backup") != std::string::npos);
        CAF_CHECK(all_bytes() == before);
      }
  }
}

CAF_TEST(a record or a flag that a newer program wrote is refused and the log stays) {
  auto opts = options();
  opts.directory = folder.path() / "other";
  log_position end = 0;
  {
    const auto db = *embedded_store::open(opts, at(0), {1});
    CAF_REQUIRE(append(*db, sample_event("alpha", "e1")) != nullptr);
    end = db->stats().head;
    CAF_REQUIRE(db->close());
  }
  group_builder record{end, 2};
  record.add(static_cast<record_type>(7), "something new");
  const auto of_new_type = record.finish(at(0));
  group_builder plain{end, 2};
  plain.add(record_type::event, encode_event(sample_event("alpha", "e2"), at(0)));
  auto flagged = plain.finish(at(0));
  flagged[28] = 2;
  std::string place;
  encoder{place}.u64(end);
  std::string crc;
  encoder{crc}.u32(crc32c(std::string_view{flagged}.substr(8, group_header_bytes - 8), crc32c(place)));
  flagged.replace(4, crc.size(), crc);
  const auto path = place_of(opts.directory, end).first;
  for (const auto& [group, said] :
       {std::pair{of_new_type, "has type 7; this program knows log format 1 and types up to 6"},
        std::pair{flagged, "has a flag that a program newer than log format 1 wrote"}}) {
    zero_log(opts.directory, end, 256);
    overwrite(path, end - first_log_position + segment_header_bytes, group);
    const auto log = bytes_of(opts.directory / "log");
    const auto mark = bytes_of_files(opts.directory)["high-water"];
    const auto refused = embedded_store::open(opts, at(0), {});
    CAF_REQUIRE(!refused);
    CAF_CHECK(refused.error().code == errc::unsupported);
    CAF_CHECK(refused.error().detail.find(said) != std::string::npos);
    CAF_CHECK(bytes_of(opts.directory / "log") == log);
    CAF_CHECK_EQUAL(bytes_of_files(opts.directory)["high-water"], mark);
  }
}

CAF_TEST(a view of format 1 is taken as it is and becomes format 2 with the first write) {
  {
    const auto db = *embedded_store::open(options(), at(0), {});
    CAF_CHECK(!db->recovery().rebuilt_view);
    const auto cause = append(*db, sample_event("alpha", "new"));
    CAF_REQUIRE(cause != nullptr);
    auto wanted = commit_of({cause}, db->load_job("alpha")->last_seq);
    wanted.outgoing = {sent_event_of(cause, "omega", "sent")};
    wanted.rows = {{"olap", wanted.entries[0].seq, "1"}};
    wanted.timers = {timer_of(cause, "later", 900)};
    CAF_REQUIRE(commit(*db, wanted));
    CAF_CHECK_EQUAL(db->verify({})->found, 0u);
    CAF_REQUIRE(db->close());
  }
  const auto meta = *meta_of(root / "view");
  CAF_CHECK_EQUAL(meta.timers, 1u);
  CAF_CHECK_EQUAL(meta.outbox, 1u);
  fs::remove_all(root / "view"); // and the base of format 1 still stands for the front
  const auto db = *embedded_store::open(options(), at(0), {});
  CAF_CHECK_EQUAL(db->stats().timers, 1u);
  CAF_CHECK_EQUAL(db->pending("omega", 0, {})->events.size(), 1u);
  CAF_CHECK_EQUAL(db->verify({})->found, 0u);
}

CAF_TEST(a group says in its header when the first programs would misread it) {
  auto opts = options();
  opts.directory = folder.path() / "other";
  const auto db = *embedded_store::open(opts, at(0), {1});
  const auto flags_of_last = [&](log_position position) {
    const auto [path, offset] = place_of(opts.directory, position);
    std::string bytes(group_header_bytes, '\0');
    std::ifstream file{path, std::ios::binary};
    file.seekg(static_cast<std::streamoff>(offset));
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return decode_group_header(bytes, position)->features;
  };
  const auto features_of = [&](const write_batch& batch) {
    const auto position = db->stats().head;
    CAF_REQUIRE(db->write(batch));
    return flags_of_last(position);
  };
  const auto writes_commit = [&](job_commit wanted) {
    write_batch batch;
    batch.commits.push_back(std::move(wanted));
    return features_of(batch);
  };
  write_batch plain;
  plain.appends.push_back(request_of({sample_event("alpha", "e1")}));
  CAF_CHECK_EQUAL(features_of(plain), 0u);
  const auto cause = db->pending("alpha", 0, {})->events.at(0).body;
  job_commit nothing_new;
  nothing_new.job = "alpha";
  nothing_new.records = {{"feedback", "k", "1"}};
  CAF_CHECK_EQUAL(writes_commit(nothing_new), 0u);
  job_commit sends;
  sends.job = "alpha";
  sends.outgoing = {sent_event_of(cause, "beta", "s1")};
  CAF_CHECK_EQUAL(writes_commit(sends), 1u);
  job_commit rows;
  rows.job = "alpha";
  rows.rows = {{"olap", 1, "1"}};
  CAF_CHECK_EQUAL(writes_commit(rows), 1u);
  job_commit timers;
  timers.job = "alpha";
  timers.timers = {timer_of(cause, "t1", 200)};
  CAF_CHECK_EQUAL(writes_commit(timers), 1u);
  write_batch fired;
  fired.fired = {{at(200), "t1", at(201)}};
  CAF_CHECK_EQUAL(features_of(fired), 1u);
  write_batch delivered;
  delivered.delivered = {{{{"olap", "alpha", 1, 0}}, at(202)}};
  CAF_CHECK_EQUAL(features_of(delivered), 1u);
}

CAF_TEST(one slot of the mark that looks newer beside a sound one is damage and not a newer format) {
  put_u32(root / "high-water", 8, 2);
  CAF_CHECK(embedded_store::open(options(), at(0), {}));
}

CAF_TEST_FIXTURE_SCOPE_END()
