#define CAF_SUITE storage.log_format
#include "storage/log_format.hpp"

#include "storage/byte_codec.hpp"
#include "storage/crc32c.hpp"
#include "storage/record_codec.hpp"
#include "storage/view_keys.hpp"
#include "storage_samples.hpp"
#include "support/weir_test.hpp"

#include <algorithm>
#include <limits>

using namespace weir;
using namespace weir::storage;
using namespace weir::storage::samples;

namespace {

std::string sample_group(log_position position) {
  group_builder group{position, 7};
  group.add(record_type::event, encode_event(sample_event("j", "e1"), at(1)));
  group.add(record_type::letter_closed, encode_letter_closed({"dl_1", closed_as::replayed, at(2)}));
  return group.finish(at(3));
}

} // namespace

CAF_TEST(the checksum gives the published values) {
  CAF_CHECK_EQUAL(crc32c("123456789"), 0xE3069283U);
  CAF_CHECK_EQUAL(crc32c(""), 0U);
  CAF_CHECK_EQUAL(crc32c(std::string(32, '\0')), 0x8A9136AAU);
  CAF_CHECK_EQUAL(crc32c(std::string(32, '\xFF')), 0x62A8AB43U);
  std::string rising;
  for (char c = 0; c < 32; ++c)
    rising.push_back(c);
  CAF_CHECK_EQUAL(crc32c(rising), 0x46DD794EU);
}

CAF_TEST(the portable checksum equals the fast one at every length) {
  std::string bytes;
  for (int i = 0; i < 100; ++i) {
    bytes.push_back(static_cast<char>(i * 37));
    CAF_CHECK_EQUAL(crc32c_portable(bytes), crc32c(bytes));
    const auto half = bytes.size() / 2;
    CAF_CHECK_EQUAL(crc32c(bytes.substr(half), crc32c(bytes.substr(0, half))), crc32c(bytes));
  }
}

CAF_TEST(numbers of every size come back) {
  for (const auto value : {std::uint64_t{0}, std::uint64_t{127}, std::uint64_t{128}, std::uint64_t{300},
                           std::numeric_limits<std::uint64_t>::max()}) {
    std::string bytes;
    encoder out{bytes};
    out.number(value);
    out.u64(value);
    decoder in{bytes};
    CAF_CHECK_EQUAL(in.number(), value);
    CAF_CHECK_EQUAL(in.u64(), value);
    CAF_CHECK(in.finished());
  }
}

CAF_TEST(reading past the end is noticed) {
  decoder in{std::string_view{"\x05"
                              "abc"}};
  CAF_CHECK(in.text().empty());
  CAF_CHECK(!in.sound());
  decoder endless{"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"};
  (void)endless.number();
  CAF_CHECK(!endless.sound());
}

CAF_TEST(an event record comes back in all its fields) {
  auto body = sample_event("job", "id", std::string("{\"a\":\"\\u0000\"}"));
  body.source_seq = std::numeric_limits<std::uint64_t>::max();
  body.priority = event_priority::low;
  body.kind = payload_kind::base64;
  body.content_type = "image/png";
  body.metadata = "{}";
  body.traceparent = "00-1";
  body.causation = "c";
  body.replayed = true;
  body.time = timestamp{std::chrono::microseconds{-5}};
  const auto found = decode_event(encode_event(body, at(9)), 136);
  CAF_REQUIRE(found);
  CAF_CHECK(found->body == body);
  CAF_CHECK(found->accepted_at == at(9));
  CAF_CHECK_EQUAL(found->position, 136U);
}

CAF_TEST(a commit record comes back and knows its hash) {
  auto body = std::make_shared<accepted_event>(accepted_event{sample_event("j", "e1"), 200, at(1)});
  auto wanted = commit_of({body}, 4);
  wanted.fence = 9;
  wanted.entries.push_back(emitted_entry("j", "d1", 6, 1));
  wanted.cursors["api"] = {true, 5, {{1, 2}}};
  wanted.records = {{"c", "k", "d"}};
  wanted.states = {{"h", "s"}};
  wanted.dead_letters = {letter_of(body, 5)};
  wanted.attempts = {{300, sample_run(1, "retry")}};
  wanted.mode = job_mode::parked;
  wanted.mode_reason = "why";
  std::uint64_t hash = 0;
  const auto bytes = encode_commit(wanted, 4, 77, hash);
  CAF_CHECK(chain_holds(bytes));
  const auto found = decode_commit(bytes);
  CAF_REQUIRE(found);
  CAF_CHECK_EQUAL(found->hash, hash);
  CAF_CHECK_EQUAL(found->previous_hash, 77U);
  CAF_CHECK_EQUAL(found->last_before, 4U);
  const auto& what = found->what;
  CAF_CHECK_EQUAL(what.job, "j");
  CAF_CHECK_EQUAL(what.fence, 9U);
  CAF_REQUIRE_EQUAL(what.entries.size(), 2U);
  CAF_CHECK_EQUAL(what.entries[0].seq, 5U);
  CAF_CHECK_EQUAL(what.entries[0].body->position, 200U);
  CAF_CHECK_EQUAL(text_of(what.entries[1]), text_of(wanted.entries[1]));
  CAF_CHECK(what.finished == wanted.finished);
  CAF_CHECK(what.cursors == wanted.cursors);
  CAF_CHECK(what.records == wanted.records);
  CAF_CHECK(what.states == wanted.states);
  CAF_CHECK(what.dead_letters == wanted.dead_letters);
  CAF_CHECK(what.attempts == wanted.attempts);
  CAF_CHECK(what.mode == job_mode::parked);
  CAF_CHECK_EQUAL(what.mode_reason, "why");
  auto flipped = bytes;
  flipped.back() = static_cast<char>(flipped.back() ^ 1);
  CAF_CHECK(!chain_holds(flipped));
}

CAF_TEST(every shorter form of a commit is refused) {
  auto body = std::make_shared<accepted_event>(accepted_event{sample_event("j", "e1"), 200, at(1)});
  std::uint64_t hash = 0;
  const auto bytes = encode_commit(death_of(body, 0), 0, 0, hash);
  CAF_REQUIRE(decode_commit(bytes));
  for (std::size_t length = 0; length < bytes.size(); ++length)
    CAF_CHECK(!decode_commit(std::string_view{bytes}.substr(0, length)));
}

CAF_TEST(hops and what a commit asks for come back) {
  auto sent = sample_event("j", "e1");
  sent.hops = 300;
  CAF_CHECK(decode_event(encode_event(sent, at(1)), 8)->body == sent);
  auto body = std::make_shared<accepted_event>(accepted_event{sample_event("j", "e1"), 200, at(1)});
  auto wanted = commit_of({body}, 0);
  wanted.rows = {{"olap", 1, "1"}, {"bell", 1, ""}};
  wanted.timers = {timer_of(body, "t1", 5)};
  std::uint64_t hash = 0;
  const auto bytes = encode_commit(wanted, 0, 0, hash, {72, 136});
  const auto record = decode_commit(bytes);
  CAF_REQUIRE(record);
  CAF_CHECK(record->outgoing == (std::vector<log_position>{72, 136}));
  CAF_CHECK(record->what.rows == wanted.rows);
  CAF_CHECK(record->what.timers == wanted.timers);
  CAF_CHECK(chain_holds(bytes));
  // Without what it asks for, the commit is the one of the first programs.
  const auto bare = encode_commit(commit_of({body}, 0), 0, 0, hash);
  for (std::size_t length = 0; length < bytes.size(); ++length)
    CAF_CHECK(!decode_commit(std::string_view{bytes}.substr(0, length)) || length == bare.size());
}

CAF_TEST(the ends of timers and rows come back) {
  const auto fired = decode_timer_fired(encode_timer_fired({at(-5), "t1", 72}));
  CAF_REQUIRE(fired);
  CAF_CHECK(fired->due == at(-5) && fired->id == "t1" && fired->event == 72);
  const std::vector<outbox_key> rows{{"olap", "j", 4, 1}, {"bell", std::string{"a\0b", 3}, 1, 0}};
  CAF_CHECK(*decode_delivered(encode_delivered(rows)) == rows);
  CAF_CHECK(!decode_delivered(encode_delivered(rows) + "x"));
  CAF_CHECK(!decode_timer_fired(""));
}

CAF_TEST(keys of rows sort by sink job and number and those of timers by time) {
  const std::vector<std::string> ordered{keys::outbox({"a", "j", 1, 0}),
                                         keys::outbox({"a", "j", 1, 1}),
                                         keys::outbox({"a", "j", 256, 0}),
                                         keys::outbox(behind_job("a", "j")),
                                         keys::outbox({"a", std::string{"j\0", 2}, 1, 0}),
                                         keys::outbox({"a", "k", 1, 0}),
                                         keys::outbox({"b", "a", 1, 0})};
  CAF_CHECK(std::is_sorted(ordered.begin(), ordered.end()));
  const outbox_key hostile{"a", std::string{"j\0\1", 3}, 7, 8};
  CAF_CHECK(keys::split_outbox(keys::outbox(hostile)) == hostile);
  CAF_CHECK(keys::split_outbox_age(keys::outbox_age(hostile, at(3)), "a") == at(3));
  CAF_CHECK(!keys::split_outbox("x"));
  const timestamp long_ago{std::chrono::seconds{-5}};
  CAF_CHECK(keys::timer(long_ago, "z") < keys::timer(timestamp{}, "a"));
  CAF_CHECK(keys::timer(at(1), "z") < keys::timer(at(2), "a"));
  CAF_CHECK(keys::split_timer(keys::timer(long_ago, "z")) == long_ago);
  CAF_CHECK_EQUAL(keys::readable(keys::outbox({"a", "j", 1, 2})), "row a/j/1/2");
  CAF_CHECK_EQUAL(keys::readable(keys::timer(at(1), "t1")), "timer t1");
}

CAF_TEST(a group comes back at its position and nowhere else) {
  const auto bytes = sample_group(128);
  CAF_CHECK_EQUAL(bytes.size() % log_alignment, 0U);
  const auto group = decode_group(bytes, 128);
  CAF_REQUIRE(group);
  CAF_CHECK_EQUAL(group->header.number, 7U);
  CAF_CHECK_EQUAL(group->header.bytes, bytes.size());
  CAF_REQUIRE_EQUAL(group->records.size(), 2U);
  CAF_CHECK_EQUAL(group->records[0].position, 128U + group_header_bytes);
  CAF_CHECK(group->header.at == at(3));
  const auto elsewhere = decode_group(bytes, 136);
  CAF_REQUIRE(!elsewhere);
  CAF_CHECK(elsewhere.error().code == errc::storage_damaged);
}

CAF_TEST(every flipped bit of a group that matters is noticed) {
  const auto bytes = sample_group(128);
  const auto group = decode_group(bytes, 128);
  CAF_REQUIRE(group);
  std::size_t unnoticed = 0;
  for (std::size_t i = 0; i < bytes.size() * 8; ++i) {
    auto flipped = bytes;
    flipped[i / 8] = static_cast<char>(flipped[i / 8] ^ (1 << i % 8));
    unnoticed += decode_group(flipped, 128) ? 1 : 0;
  }
  // Only the zeros that fill records up to eight bytes carry nothing.
  std::size_t padding = bytes.size() - group_header_bytes;
  for (const auto& record : group->records)
    padding -= record_header_bytes + record.body.size();
  CAF_CHECK_EQUAL(unnoticed, padding * 8);
}

CAF_TEST(an unknown record type is refused as newer) {
  group_builder group{128, 1};
  group.add(static_cast<record_type>(9), "future");
  const auto found = decode_group(group.finish(at(0)), 128);
  CAF_REQUIRE(!found);
  CAF_CHECK(found.error().code == errc::unsupported);
}

CAF_TEST(a segment header comes back and a newer one is refused) {
  const segment_header header{{1, 2}, {3, 4}, 4096, 128, 4096, 17, at(5)};
  auto bytes = encode_segment_header(header);
  CAF_CHECK_EQUAL(bytes.size(), segment_header_bytes);
  const auto found = decode_segment_header(bytes);
  CAF_REQUIRE(found);
  CAF_CHECK(found->store_id == header.store_id);
  CAF_CHECK(found->incarnation == header.incarnation);
  CAF_CHECK_EQUAL(found->start, 4096U);
  CAF_CHECK_EQUAL(found->previous_start, 128U);
  CAF_CHECK_EQUAL(found->previous_end, 4096U);
  CAF_CHECK_EQUAL(found->first_group, 17U);
  bytes[8] = 2;
  const auto newer = decode_segment_header(bytes);
  CAF_REQUIRE(!newer);
  CAF_CHECK(newer.error().code == errc::unsupported);
  bytes[8] = 1;
  bytes[50] = 'x';
  CAF_CHECK(decode_segment_header(bytes).error().code == errc::storage_damaged);
}

CAF_TEST(keys sort by job and then by number) {
  CAF_CHECK(keys::stream("a", 255) < keys::stream("a", 256));
  CAF_CHECK(keys::stream("a", 256) < keys::stream(std::string("a\0", 2), 1));
  CAF_CHECK(keys::stream(std::string("a\0", 2), 1) < keys::stream("a ", 1));
  CAF_CHECK(keys::pending("a", ~std::uint64_t{0}) < keys::behind_pending_of("a"));
  CAF_CHECK(keys::behind_pending_of("a") < keys::pending(std::string("a\0", 2), 0));
  const auto place = keys::split(keys::pending(std::string("a\0b", 3), 77));
  CAF_REQUIRE(place);
  CAF_CHECK_EQUAL(place->job, std::string("a\0b", 3));
  CAF_CHECK_EQUAL(place->number, 77U);
}
