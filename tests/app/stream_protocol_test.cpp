#define CAF_SUITE app.stream_protocol
#include "app/stream_protocol.hpp"

#include "app/stream_filter.hpp"
#include "app/stream_text.hpp"
#include "support/weir_test.hpp"

#include <string>
#include <vector>

using namespace weir;
using namespace weir::app;

namespace {

/// A protocol and what it told.
struct follower {
  explicit follower(std::vector<stream_wish> wishes, std::vector<std::string> types = {}, std::size_t limit = 0)
      : protocol(std::move(wishes), std::move(types),
                 {[this, limit](const stream_event& ev) {
                    events.push_back(ev.job + "#" + std::to_string(ev.seq));
                    objects.push_back(event_object(ev));
                    return events.size() != limit;
                  },
                  [this](const stream_notice& notice) {
                    if (const auto line = notice_line(notice); !line.empty())
                      notices.push_back(line);
                  }}) {}

  /// Connects and answers the greeting and one subscription.
  void join(const std::string& ok) {
    sent = protocol.opened();
    take(R"({"re":1,"ok":{"session":"c","node":"n1","ping":25}})");
    take(R"({"re":2,"ok":{)" + ok + "}}");
  }

  void take(const std::string& frame) {
    for (auto& answer : protocol.receive(frame))
      sent.push_back(std::move(answer));
  }

  void event(int seq) {
    take(R"({"ev":7,"seq":)" + std::to_string(seq) +
         R"(,"id":"e","type":"a.b","time":"2026-11-22T12:00:07.412Z","data":{}})");
  }

  stream_protocol protocol;
  std::vector<std::string> events;
  std::vector<std::string> objects;
  std::vector<std::string> notices;
  std::vector<std::string> sent;
};

std::string all(const std::vector<std::string>& lines) {
  auto text = std::string{};
  for (const auto& line : lines)
    text += (text.empty() ? "" : " | ") + line;
  return text;
}

const auto live_on_k1 = std::string{
    R"("sub":7,"job":"demo","epoch":"k1","first":1,"last":3,"from":3,"recovering":false,"recovered":false)"};

} // namespace

CAF_TEST(a live subscription says where it begins and hands events on) {
  follower it{{{"demo", stream_start::live, {}}}};
  it.join(live_on_k1);
  CAF_CHECK_EQUAL(it.sent[1], R"({"op":"subscribe","id":2,"job":"demo","window":256,"ack":"client"})");
  it.event(4);
  it.event(5);
  CAF_CHECK_EQUAL(all(it.notices), "connected node=n1 job=demo from=live seq=3");
  CAF_CHECK_EQUAL(all(it.events), "demo#4 | demo#5");
}

CAF_TEST(payload bytes are passed on exactly) {
  follower it{{{"de\"mo", stream_start::live, {}}}};
  it.join(live_on_k1);
  it.take(
      R"({"ev":7,"seq":4,"id":"i","type":"t","time":"T","data":{"b": 1.50, "a":[1,  2],"u":"\u00e9"},"source":"s"})");
  CAF_CHECK_EQUAL(
      it.objects[0],
      R"({"job":"de\"mo","seq":4,"id":"i","type":"t","time":"T","data":{"b": 1.50, "a":[1,  2],"u":"\u00e9"},"source":"s"})");
}

CAF_TEST(after a reconnect it continues and hands nothing on twice) {
  follower it{{{"demo", stream_start::live, {}}}};
  it.join(live_on_k1);
  it.event(4);
  CAF_CHECK(it.protocol.closed(1006, "", std::chrono::milliseconds{10}, 0.5));
  it.join(R"("sub":9,"job":"demo","epoch":"k1","first":1,"last":6,"from":4,"recovering":true,"recovered":true)");
  CAF_CHECK_EQUAL(
      it.sent[1],
      R"({"op":"subscribe","id":2,"job":"demo","after":{"epoch":"k1","seq":4},"window":256,"ack":"client"})");
  it.take(R"({"ev":9,"seq":4,"type":"a.b"})");
  it.take(R"({"ev":9,"seq":5,"type":"a.b"})");
  it.take(R"({"ev":9,"seq":5,"type":"a.b"})");
  CAF_CHECK_EQUAL(all(it.events), "demo#4 | demo#5");
  CAF_CHECK_EQUAL(it.notices.back(), "resumed demo after seq 4 (recovered)");
}

CAF_TEST(a connection that dies before the answer changes nothing) {
  follower it{{{"demo", stream_start::after, {"k1", 2}}}};
  static_cast<void>(it.protocol.opened());
  CAF_CHECK(it.protocol.closed(1006, "", std::chrono::milliseconds{1}, 0));
  it.join(R"("sub":7,"job":"demo","epoch":"k1","first":1,"last":3,"from":2,"recovering":true,"recovered":true)");
  CAF_CHECK_EQUAL(all(it.notices), "connected node=n1 job=demo from=after seq=2");
}

CAF_TEST(a recreated stream is told and followed from its start) {
  follower it{{{"demo", stream_start::live, {}}}};
  it.join(live_on_k1);
  it.event(4);
  CAF_CHECK(it.protocol.closed(1006, "", std::chrono::milliseconds{10}, 0.5));
  it.join(R"("sub":9,"job":"demo","epoch":"k2","first":1,"last":2,"from":2,"recovering":true,"recovered":false)");
  CAF_CHECK_EQUAL(it.notices.back(), "gap demo: the stream was recreated (epoch k1 -> k2); it follows from its start");
  CAF_CHECK_EQUAL(it.sent[it.sent.size() - 2], R"({"op":"unsubscribe","id":3,"sub":9})");
  CAF_CHECK_EQUAL(it.sent.back(),
                  R"({"op":"subscribe","id":2,"job":"demo","after":"earliest","window":256,"ack":"client"})");
  it.take(R"({"ev":9,"seq":3,"type":"a.b"})"); // of the subscription that was given up
  it.take(R"({"re":3,"ok":{}})");
  it.take(R"({"re":2,"ok":{"sub":10,"job":"demo","epoch":"k2","first":1,"last":2,"from":0}})");
  it.take(R"({"ev":10,"seq":1,"type":"a.b"})");
  CAF_CHECK_EQUAL(all(it.events), "demo#4 | demo#1");
}

CAF_TEST(missing numbers are told) {
  follower it{{{"demo", stream_start::live, {}}}};
  it.join(live_on_k1);
  it.take(R"({"gap":7,"from":4,"to":6,"reason":"trimmed"})");
  it.event(7);
  it.event(9);
  CAF_CHECK_EQUAL(all(it.events), "demo#7 | demo#9");
  CAF_CHECK_EQUAL(it.notices[1], "gap demo: 4 to 6 are missing (trimmed)");
  CAF_CHECK_EQUAL(it.notices[2], "gap demo: 8 to 8 are missing (not sent)");
}

CAF_TEST(a filter is asked for and applied) {
  follower it{{{"demo", stream_start::earliest, {}}}, {"a.*", "x"}};
  it.join(R"("sub":7,"epoch":"k1","first":1,"last":9,"from":0)");
  CAF_CHECK_EQUAL(it.sent[1], R"({"op":"subscribe","id":2,"job":"demo","after":"earliest","filter":[{"any":[)"
                              R"({"prefix":{"type":"a."}},{"exact":{"type":"x"}}]}],"window":256,"ack":"client"})");
  it.take(R"({"ev":7,"seq":1,"type":"b.c"})");
  it.take(R"({"ev":7,"seq":3,"type":"a.c"})");
  CAF_CHECK_EQUAL(all(it.events), "demo#3");
  CAF_CHECK_EQUAL(it.notices.size(), 1u);
}

CAF_TEST(what was handed on is acknowledged) {
  follower it{{{"demo", stream_start::live, {}}}};
  it.join(live_on_k1);
  for (int seq = 4; seq < 4 + 64; ++seq)
    it.event(seq);
  CAF_CHECK_EQUAL(it.sent.back(), R"({"op":"ack","sub":7,"seq":67})");
  it.event(68);
  it.take(R"({"live":7,"seq":68})");
  CAF_CHECK_EQUAL(it.sent.back(), R"({"op":"ack","sub":7,"seq":68})");
}

CAF_TEST(questions of the server are answered) {
  follower it{{{"demo", stream_start::live, {}}}};
  it.join(live_on_k1);
  it.take(R"({"ping":12})");
  CAF_CHECK_EQUAL(it.sent.back(), R"({"pong":12})");
  it.take(R"({"something":"new"})");
  CAF_CHECK(!it.protocol.outcome());
}

CAF_TEST(it ends when the listener has enough) {
  follower it{{{"demo", stream_start::live, {}}}, {}, 2};
  it.join(live_on_k1);
  it.event(4);
  CAF_CHECK(!it.protocol.outcome());
  it.event(5);
  it.event(6);
  CAF_REQUIRE(it.protocol.outcome());
  CAF_CHECK(it.protocol.outcome()->has_value());
  CAF_CHECK_EQUAL(all(it.events), "demo#4 | demo#5");
  CAF_CHECK(!it.protocol.closed(1000, "", std::chrono::milliseconds{1}, 0));
}

CAF_TEST(a refused subscription ends it unless trying again can help) {
  follower it{{{"demo", stream_start::live, {}}}};
  static_cast<void>(it.protocol.opened());
  it.take(R"({"re":2,"err":{"code":"not-ready","message":"starting","retryable":true,"retryAfterMs":1500}})");
  CAF_CHECK(!it.protocol.outcome());
  CAF_CHECK(it.protocol.wants_reconnect());
  const auto wait = it.protocol.closed(1000, "", std::chrono::milliseconds{1}, 0);
  CAF_REQUIRE(wait);
  CAF_CHECK_EQUAL(wait->count(), 1'500);
  static_cast<void>(it.protocol.opened());
  CAF_CHECK(!it.protocol.wants_reconnect());
  it.take(R"({"re":2,"err":{"code":"forbidden","message":"not yours","retryable":false,"retryAfterMs":null}})");
  CAF_REQUIRE(it.protocol.outcome());
  CAF_CHECK_EQUAL(it.protocol.outcome()->error().detail, "not yours (forbidden)");
  CAF_CHECK(it.protocol.outcome()->error().code == errc::forbidden);
}

CAF_TEST(a closed subscription is taken up again or given up) {
  follower it{{{"demo", stream_start::live, {}}}};
  it.join(live_on_k1);
  it.event(4);
  it.take(R"({"closed":7,"code":"not-ready","message":"","resubscribe":true})");
  CAF_CHECK_EQUAL(
      it.sent.back(),
      R"({"op":"subscribe","id":2,"job":"demo","after":{"epoch":"k1","seq":4},"window":256,"ack":"client"})");
  it.take(R"({"re":2,"ok":{"sub":8,"epoch":"k1","first":1,"last":4,"from":4,"recovering":true,"recovered":true}})");
  it.take(R"({"closed":8,"code":"job-not-found","message":"","resubscribe":false})");
  CAF_REQUIRE(it.protocol.outcome());
  CAF_CHECK(!it.protocol.outcome()->has_value());
}

CAF_TEST(waits grow with each failure and keep to what the server says) {
  follower it{{{"demo", stream_start::live, {}}}};
  const auto wait = [&](double jitter) {
    const auto value = it.protocol.closed(1006, "", std::chrono::milliseconds{0}, jitter);
    return value ? value->count() : -1;
  };
  CAF_CHECK_EQUAL(wait(0.0), 500);
  CAF_CHECK_EQUAL(wait(1.0), 1'500);
  CAF_CHECK_EQUAL(wait(1.0), 2'500);
  CAF_CHECK_EQUAL(wait(0.0), 500);
  for (int i = 0; i < 20; ++i)
    static_cast<void>(wait(1.0));
  CAF_CHECK_EQUAL(wait(1.0), 20'000);
  // A minute that held: as if it had never failed.
  CAF_CHECK_EQUAL(it.protocol.closed(1006, "", std::chrono::milliseconds{60'000}, 1.0)->count(), 1'000);
  it.take(R"({"bye":{"code":4001,"reason":"draining","reconnect":true,"afterMs":1500}})");
  CAF_CHECK_EQUAL(it.protocol.closed(4001, "draining", std::chrono::milliseconds{1}, 0.0)->count(), 1'500);
}

CAF_TEST(close codes from 4500 on end it) {
  const auto code_of = [](std::uint16_t code) {
    follower it{{{"demo", stream_start::live, {}}}};
    it.join(live_on_k1);
    const auto wait = it.protocol.closed(code, "why", std::chrono::milliseconds{1}, 0);
    return wait ? std::string{"again"} : std::string{problem_of(it.protocol.outcome()->error().code).name};
  };
  CAF_CHECK_EQUAL(code_of(1001), "again");
  CAF_CHECK_EQUAL(code_of(1012), "again");
  CAF_CHECK_EQUAL(code_of(4002), "again");
  CAF_CHECK_EQUAL(code_of(4499), "again");
  CAF_CHECK_EQUAL(code_of(4501), "unauthenticated");
  CAF_CHECK_EQUAL(code_of(4502), "forbidden");
  CAF_CHECK_EQUAL(code_of(4507), "bad-request");
}

CAF_TEST(globs match anywhere) {
  CAF_CHECK(glob_matches("*", ""));
  CAF_CHECK(glob_matches("a.*", "a.b"));
  CAF_CHECK(glob_matches("*.b", "a.b"));
  CAF_CHECK(glob_matches("a*c*e", "abcde"));
  CAF_CHECK(!glob_matches("a.*", "b.a.c"));
  CAF_CHECK(!glob_matches("a", "ab"));
  CAF_CHECK_EQUAL(filter_member({"*.b"}), "");
  CAF_CHECK_EQUAL(filter_member({}), "");
}

CAF_TEST(a line shows time and job and number and payload) {
  stream_event ev{"demo", 1, "i", "item.analyzed", "2026-11-22T12:00:07.412Z", {{"data", R"({"itemId":"i1"})"}}};
  CAF_CHECK_EQUAL(event_line(ev), R"(12:00:07.412  demo#1  item.analyzed       {"itemId":"i1"})");
  ev.type = "evil\x1b[2J";
  ev.members = {{"dead", R"({"code":"x"})"}};
  CAF_CHECK_EQUAL(event_line(ev), R"(12:00:07.412  demo#1  evil [2J            dead={"code":"x"})");
  CAF_CHECK_EQUAL(lost_line({1006, "", std::chrono::milliseconds{740}, false}), "reconnecting (1006) in 0.7s ...");
}
