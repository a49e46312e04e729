#define CAF_SUITE domain.letter_replay
#include "domain/letter_replay.hpp"

#include "domain/dead_letter.hpp"
#include "domain/hash.hpp"
#include "domain/json_reader.hpp"
#include "support/weir_test.hpp"

#include <nlohmann/json.hpp>

using namespace weir;

namespace {

event sample() {
  event out;
  out.id = "e1";
  out.source = "scanner";
  out.type = "item.analyzed";
  out.job = "demo";
  out.time = timestamp{std::chrono::seconds{5}};
  out.kind = payload_kind::json;
  out.payload = R"({"score" : 0.50,"name":"x"})";
  out.metadata = R"({"tenant":"t"})";
  out.source_seq = 4;
  out.traceparent = "00-aa-bb-01";
  out.hops = 2;
  return out;
}

dead_letter letter() {
  dead_letter out;
  out.id = dead_letter_id(64);
  return out;
}

constexpr std::size_t roomy = 1'000;

} // namespace

CAF_TEST(a replay is the original with an id and a cause of its own) {
  const auto made = replay_event(letter(), sample(), "ann", std::nullopt, roomy);
  CAF_REQUIRE(made);
  CAF_CHECK_EQUAL(made->id, "rp_0000000000000040");
  CAF_CHECK_EQUAL(made->causation, "e1");
  CAF_CHECK(made->replayed);
  CAF_CHECK_EQUAL(made->metadata, R"({"tenant":"t","replayof":"dl_0000000000000040","replayedby":"ann"})");
  auto same = *made;
  const auto original = sample();
  same.id = original.id;
  same.causation.clear();
  same.replayed = false;
  same.metadata = original.metadata;
  CAF_CHECK(same == original);
  CAF_CHECK_EQUAL(made->hops, 2u);
}

CAF_TEST(a patch changes the data and says who did it) {
  const std::string patch = R"({"score":0.9})";
  const auto made = replay_event(letter(), sample(), "a\"b", patch, roomy);
  CAF_REQUIRE(made);
  CAF_CHECK_EQUAL(made->payload, R"({"score":0.9,"name":"x"})");
  const auto notes = nlohmann::json::parse(made->metadata);
  CAF_CHECK_EQUAL(notes["replayedby"].get<std::string>(), "a\"b");
  CAF_CHECK_EQUAL(notes["patchhash"].get<std::string>(), hex16(xxh3_64(patch)));
  CAF_CHECK_EQUAL(notes["patch"].get<std::string>(), patch);
}

CAF_TEST(of a long patch only the hash is kept) {
  const std::string patch = R"({"name":")" + std::string(max_kept_patch, 'x') + "\"}";
  const auto made = replay_event(letter(), sample(), "ann", patch, 10'000);
  CAF_REQUIRE(made);
  const auto notes = nlohmann::json::parse(made->metadata);
  CAF_CHECK(!notes.contains("patch"));
  CAF_CHECK_EQUAL(notes["patchhash"].get<std::string>(), hex16(xxh3_64(patch)));
}

CAF_TEST(the handler of a patched event reads the new data) {
  const auto original = sample();
  CAF_CHECK_EQUAL(original.data().at("/score").get<double>(), 0.5); // its DOM is built
  const auto made = replay_event(letter(), original, "ann", R"({"score":0.9})", roomy);
  CAF_CHECK_EQUAL(made->data().at("/score").get<double>(), 0.9);
}

CAF_TEST(a replay of a replay names the newer letter) {
  auto first = *replay_event(letter(), sample(), "ann", R"({"score":1})", roomy);
  auto second = letter();
  second.id = dead_letter_id(80);
  const auto made = replay_event(second, first, "bob", std::nullopt, roomy);
  CAF_REQUIRE(made);
  CAF_CHECK_EQUAL(made->id, "rp_0000000000000050");
  CAF_CHECK_EQUAL(made->causation, "rp_0000000000000040");
  const auto notes = nlohmann::json::parse(made->metadata);
  CAF_CHECK_EQUAL(notes["replayof"].get<std::string>(), "dl_0000000000000050");
  CAF_CHECK_EQUAL(notes["replayedby"].get<std::string>(), "bob");
  CAF_CHECK_EQUAL(notes["tenant"].get<std::string>(), "t");
}

CAF_TEST(what cannot be patched is refused) {
  auto bytes = sample();
  bytes.kind = payload_kind::base64;
  bytes.payload = "AAAA";
  CAF_CHECK(replay_event(letter(), bytes, "ann", "{}", roomy).error().code == errc::validation_failed);
  CAF_CHECK(replay_event(letter(), bytes, "ann", std::nullopt, roomy));
  CAF_CHECK(replay_event(letter(), sample(), "ann", "{", roomy).error().code == errc::malformed_json);
  CAF_CHECK(replay_event(letter(), sample(), "ann", R"({"score":1})", 10).error().code == errc::too_large);
  auto none = sample();
  none.kind = payload_kind::none;
  none.payload.clear();
  const auto made = replay_event(letter(), none, "ann", R"({"a":1})", roomy);
  CAF_REQUIRE(made);
  CAF_CHECK(made->kind == payload_kind::json);
  CAF_CHECK_EQUAL(made->payload, R"({"a":1})");
}
