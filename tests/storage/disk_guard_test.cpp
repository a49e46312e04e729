#define CAF_SUITE storage.disk_guard
#include "storage/disk_guard.hpp"

#include "storage_samples.hpp"
#include "support/weir_test.hpp"

using namespace weir;
using namespace weir::storage;
using namespace weir::storage::samples;

namespace {

constexpr std::uint64_t mib = std::uint64_t{1} << 20;
constexpr std::uint64_t gib = std::uint64_t{1} << 30;

/// The states after each of these free spaces, one letter each.
std::string states_at(std::initializer_list<std::uint64_t> free_mib, const disk_marks& marks) {
  std::string out;
  auto state = disk_state::ok;
  for (const auto free : free_mib) {
    state = judge_disk(state, free * mib, marks);
    out += to_word(state)[0];
  }
  return out;
}

} // namespace

CAF_TEST(the smaller of bytes and percent is the floor) {
  CAF_CHECK_EQUAL(marks_for({512 * mib, 5, 64 * mib}, 100 * gib).floor, 512 * mib);
  CAF_CHECK_EQUAL(marks_for({512 * mib, 5, 64 * mib}, 4'000 * mib).floor, 200 * mib);
  CAF_CHECK_EQUAL(marks_for({2 * gib, 100, 64 * mib}, 4 * gib).floor, 2 * gib);
  CAF_CHECK_EQUAL(marks_for({~std::uint64_t{0}, 100, 64 * mib}, 100 * mib).floor, 128 * mib);
}

CAF_TEST(the floor always leaves a whole segment and the reserve) {
  const auto marks = marks_for({512 * mib, 5, 64 * mib}, 256 * mib);
  CAF_CHECK_EQUAL(marks.floor, 128 * mib);
  CAF_CHECK_EQUAL(marks.reserve, 64 * mib);
  CAF_CHECK(marks.floor - 64 * mib >= marks.reserve);
}

CAF_TEST(taking the next segment after the way back does not lead below the floor) {
  for (const auto segment : {1 * mib, 8 * mib, 64 * mib, 4 * gib}) {
    const auto marks = marks_for({512 * mib, 5, segment}, 1'000 * gib);
    CAF_CHECK(marks.resume - segment >= marks.floor);
  }
}

CAF_TEST(a disk at its edge does not flap) {
  const disk_marks marks{512 * mib, 640 * mib, 64 * mib};
  CAF_CHECK_EQUAL(states_at({600, 512, 511, 512, 600, 639, 640, 512, 511}, marks), "oollllool");
  CAF_CHECK_EQUAL(states_at({600, 100, 63, 64, 79, 80, 64, 63, 640}, marks), "oleeelleo");
}

CAF_TEST(without a floor the disk is always well) {
  CAF_CHECK_EQUAL(states_at({600, 1, 0}, marks_for({0, 5, 64 * mib}, gib)), "ooo");
}

CAF_TEST(a guard tells what the file system says) {
  const scratch_directory folder;
  disk_guard low{folder.path(), {~std::uint64_t{0}, 100, mib}};
  const auto seen = low.look();
  CAF_REQUIRE(seen);
  CAF_CHECK(seen->free_bytes > 0);
  CAF_CHECK(seen->state != disk_state::ok);
  CAF_CHECK(disk_refusal(*seen).code == errc::disk_full);
  disk_guard gone{folder.path() / "nothing", {}};
  CAF_CHECK(!gone.look());
}
