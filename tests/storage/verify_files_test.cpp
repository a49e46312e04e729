#define CAF_SUITE storage.verify_files
#include "storage/verify_files.hpp"

#include "verify_samples.hpp"

#include <set>

using namespace weir;
using namespace weir::storage;
using namespace weir::storage::samples;

CAF_TEST_FIXTURE_SCOPE(verify_files_tests, verified_fixture)

CAF_TEST(damage that is done while the store is open is found) {
  fill();
  const auto db = open();
  flip_log(root, events["e0"] + 60);
  overwrite(root / "log" / segment_name(first_log_position), 50, "x");
  const auto report = *db->verify({});
  CAF_REQUIRE(report.findings.size() >= 3);
  CAF_CHECK_EQUAL(report.findings[0].what, "segment header fails its checksum");
  CAF_CHECK_EQUAL(report.findings[0].file, (root / "log" / segment_name(first_log_position)).string());
  CAF_CHECK_EQUAL(report.findings[1].position, events["e0"] - group_header_bytes);
  CAF_CHECK_EQUAL(report.findings[2].job + "/" + std::to_string(report.findings[2].seq), "a/1");
}

CAF_TEST(a flipped bit in a table of the view is found) {
  fill();
  const auto db = open();
  std::string hurt;
  for (const auto& entry : fs::directory_iterator{root / "view"})
    if (entry.path().extension() == ".sst") {
      overwrite(entry.path(), 20, "xx");
      hurt = entry.path().string();
      break;
    }
  CAF_REQUIRE(!hurt.empty());
  const auto report = *db->verify({});
  CAF_REQUIRE(!report.findings.empty());
  CAF_CHECK_EQUAL(report.findings[0].file, hurt);
  CAF_CHECK(report.findings[0].what.find("a table of the view cannot be read: Corruption") == 0);
}

CAF_TEST(either slot of the high water mark is checked) {
  fill();
  for (const auto slot : {0, 1}) {
    const auto db = open();
    overwrite(root / "high-water", static_cast<std::uint64_t>(slot) * 512 + 34, "x");
    const auto report = *db->verify({});
    CAF_REQUIRE_EQUAL(report.findings.size(), 1u);
    CAF_CHECK_EQUAL(report.findings[0].what, fmt::format("slot {} of the mark: it fails its checksum", slot + 1));
    CAF_CHECK_EQUAL(report.findings[0].file, (root / "high-water").string());
    CAF_REQUIRE(db->close());
  }
}

CAF_TEST(a view that cannot be opened is a finding and nothing is changed) {
  fill();
  change_row<meta_row>(std::string{keys::meta}, [](meta_row& row) { row.store_id[0] ^= 1; });
  auto opts = options();
  opts.read_only = true;
  const auto before = bytes_of(root / "view");
  const auto report = *(*embedded_store::open(opts, at(0), {}))->verify({});
  CAF_REQUIRE_EQUAL(report.findings.size(), 1u);
  CAF_CHECK_EQUAL(report.findings[0].what,
                  "it cannot be used and the next start makes a new one: the view was of another store");
  CAF_CHECK(bytes_of(root / "view") == before);
}

// -- after retention -------------------------------------------------------------------

CAF_TEST(a store after retention passes with kept events and closed letters) {
  fill();
  {
    const auto db = open(6'000);
    for (int i = 0; i < 60; ++i) {
      const auto body = append(*db, sample_event("f", fmt::format("f{}", i), std::string(100, '2')));
      CAF_REQUIRE(commit(*db, commit_of({body}, static_cast<sequence>(i))));
      if (i % 20 == 19)
        CAF_REQUIRE(db->trim(at(0)));
    }
    // An event whose segment is gone is handled now; a letter whose event was kept is closed.
    const auto page = *db->pending("c", 0, {});
    CAF_REQUIRE(commit(*db, commit_of({page.events[0].body}, 0)));
    write_batch more;
    more.discards.push_back({open_letter, at(6)});
    CAF_REQUIRE(db->write(more)->discards[0]);
    CAF_CHECK(db->load_job("a")->first_seq > 1);
    const auto report = *db->verify({});
    for (const auto& found : report.findings)
      CAF_ERROR(found.job << "/" << found.seq << ": " << found.what);
    CAF_REQUIRE(db->close());
  }
  CAF_CHECK_EQUAL(text_of(findings()), "");
  fs::remove_all(root / "view"); // made anew from the base
  CAF_CHECK_EQUAL(text_of(findings()), "");
}

CAF_TEST(a turn of retention that was cut short leaves a store that passes) {
  fill();
  const auto crashed = folder.path() / "crashed";
  {
    const auto db = open(6'000);
    for (int i = 0; i < 60; ++i) {
      const auto body = append(*db, sample_event("f", fmt::format("f{}", i), std::string(100, '2')));
      CAF_REQUIRE(commit(*db, commit_of({body}, static_cast<sequence>(i))));
    }
    CAF_REQUIRE(db->close());
  }
  fs::copy(root, crashed, fs::copy_options::recursive);
  {
    const auto db = open(6'000);
    while (db->trim(at(0))->dropped_segments > 0)
      continue;
    CAF_REQUIRE(db->close());
  }
  // Everything of the turn, but only the first of the segments is gone.
  for (const auto& entry : fs::directory_iterator{crashed / "log"})
    if (entry.path().filename() != segment_name(first_log_position) &&
        !fs::exists(root / "log" / entry.path().filename()))
      fs::copy(entry.path(), root / "log" / entry.path().filename());
  CAF_CHECK_EQUAL(text_of(findings()), "");
}

CAF_TEST(damage to what retention keeps is found) {
  fill();
  {
    const auto db = open(6'000);
    for (int i = 0; i < 60; ++i) {
      const auto body = append(*db, sample_event("f", fmt::format("f{}", i), std::string(100, '2')));
      CAF_REQUIRE(commit(*db, commit_of({body}, static_cast<sequence>(i))));
    }
    while (db->trim(at(0))->dropped_segments > 0)
      continue;
    CAF_REQUIRE(db->close());
  }
  const auto db = open();
  fs::path kept;
  fs::path base;
  for (const auto& entry : fs::directory_iterator{root / "log"})
    if (entry.path().extension() == ".kept")
      kept = entry.path();
  for (const auto& entry : fs::directory_iterator{root})
    if (entry.path().filename().string().starts_with("base-"))
      base = entry.path();
  CAF_REQUIRE(!kept.empty() && !base.empty());
  overwrite(kept, fs::file_size(kept) - 30, "X");
  for (const auto& entry : fs::directory_iterator{base})
    if (entry.path().extension() == ".sst") {
      // Not in place: the view may share the file.
      const auto copy = base / "copy";
      fs::copy(entry.path(), copy);
      fs::rename(copy, entry.path());
      overwrite(entry.path(), 20, "xx");
      break;
    }
  const auto report = *db->verify({});
  std::set<std::string> files;
  for (const auto& found : report.findings)
    files.insert(found.file);
  CAF_CHECK(files.contains(kept.string()));
  CAF_CHECK(std::any_of(files.begin(), files.end(), [&](const auto& file) { return file.starts_with(base.string()); }));
  CAF_CHECK(std::any_of(report.findings.begin(), report.findings.end(),
                        [](const finding& found) { return found.job == "d" && found.position != 0; }));
}

CAF_TEST_FIXTURE_SCOPE_END()
