#define CAF_SUITE storage.stream_row
#include "storage/stream_row.hpp"

#include "storage/byte_codec.hpp"
#include "storage/record_codec.hpp"
#include "storage/view_keys.hpp"
#include "support/weir_test.hpp"

using namespace weir;
using namespace weir::storage;

namespace {

stream_entry entry_of(entry_kind kind, log_position position) {
  stream_entry entry;
  entry.kind = kind;
  if (position != 0)
    entry.body = event_at(position);
  return entry;
}

void check_place(const stream_place& place, const stream_place& expected) {
  CAF_CHECK_EQUAL(place.seq, expected.seq);
  CAF_CHECK(place.kind == expected.kind);
  CAF_CHECK_EQUAL(place.event, expected.event);
  CAF_CHECK_EQUAL(place.commit, expected.commit);
  CAF_CHECK_EQUAL(place.ordinal, expected.ordinal);
}

} // namespace

CAF_TEST(a row stands for all entries of a commit) {
  const auto value = encode_stream_row(900, {entry_of(entry_kind::event, 100), entry_of(entry_kind::emitted, 0),
                                             entry_of(entry_kind::gap, 0), entry_of(entry_kind::dead, 300)});
  const auto places = decode_stream_row(keys::stream("j", 7), value);
  CAF_REQUIRE(places);
  CAF_REQUIRE_EQUAL(places->size(), 4u);
  check_place((*places)[0], {4, entry_kind::event, 100, 900, 0});
  check_place((*places)[1], {5, entry_kind::emitted, 0, 900, 1});
  check_place((*places)[2], {6, entry_kind::gap, 0, 900, 2});
  check_place((*places)[3], {7, entry_kind::dead, 300, 900, 3});
  CAF_CHECK_EQUAL(commit_of_stream_row(value).value(), 900u);
}

CAF_TEST(a row of the formats before stands for one entry) {
  const stream_place place{7, entry_kind::dead, 300, 900, 3};
  const auto value = encode_single_entry(place);
  const auto places = decode_stream_row(keys::stream("j", 7), value);
  CAF_REQUIRE(places);
  CAF_REQUIRE_EQUAL(places->size(), 1u);
  check_place(places->front(), place);
  CAF_CHECK_EQUAL(commit_of_stream_row(value).value(), 900u);
}

CAF_TEST(what does not decode to the last byte is damage) {
  const auto key = keys::stream("j", 2);
  const auto value = encode_stream_row(900, {entry_of(entry_kind::event, 100), entry_of(entry_kind::event, 200)});
  const auto is_damage = [](std::string_view of, std::string_view bytes) {
    const auto places = decode_stream_row(of, bytes);
    return !places && places.error().code == errc::storage_damaged;
  };
  CAF_CHECK(!is_damage(key, value));
  for (std::size_t bytes = 0; bytes < value.size(); ++bytes)
    CAF_CHECK(is_damage(key, std::string_view{value}.substr(0, bytes)));
  CAF_CHECK(is_damage(key, value + "x"));
  CAF_CHECK(is_damage(keys::stream("j", 1), value)); // its first entry would have number 0
  CAF_CHECK(is_damage("s", value));
  CAF_CHECK(is_damage(key, encode_stream_row(900, {})));
  for (const char kind : {'\x5', '\x7f'}) {
    auto other = value;
    other[4] = kind; // behind the mark, two bytes of position, and the count
    CAF_CHECK(is_damage(key, other));
    CAF_CHECK(is_damage(key, std::string(1, kind) + encode_single_entry({}).substr(1)));
  }
  CAF_CHECK(!commit_of_stream_row(""));
}
