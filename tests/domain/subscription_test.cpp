#define CAF_SUITE domain.subscription
#include "domain/subscription.hpp"

#include "support/weir_test.hpp"

#include <string>
#include <vector>

using namespace weir;

namespace {

frame_ptr make_frame(sequence seq, std::string type = "item.seen") {
  return std::make_shared<frame>(frame{seq, std::move(type), "\"seq\":" + std::to_string(seq)});
}

std::vector<frame_ptr> make_page(sequence from, sequence to) {
  std::vector<frame_ptr> out;
  for (auto seq = from; seq <= to; ++seq)
    out.push_back(make_frame(seq));
  return out;
}

std::string text_of(const client_message& message) {
  if (const auto* answer = std::get_if<subscribed>(&message))
    return "from " + std::to_string(answer->from) + (answer->recovering ? " recovering" : "") +
           (answer->recovered ? " recovered" : "");
  if (const auto* sent = std::get_if<deliver_frame>(&message))
    return std::to_string(sent->content->seq);
  if (const auto* several = std::get_if<deliver_batch>(&message))
    return several->batch->frames().size() == 1 ? std::to_string(several->batch->frames().front()->seq)
                                                : std::to_string(several->batch->frames().front()->seq) + "-" +
                                                      std::to_string(several->batch->frames().back()->seq);
  if (const auto* done = std::get_if<caught_up>(&message))
    return "live " + std::to_string(done->seq);
  if (const auto* gone = std::get_if<missing_frames>(&message))
    return "missing " + std::to_string(gone->from) + "-" + std::to_string(gone->to) + " " + gone->reason +
           (gone->state ? " with " + *gone->state : "");
  return "other";
}

std::string text_of(const std::vector<client_message>& messages) {
  std::string out;
  for (const auto& message : messages)
    out += (out.empty() ? "" : ", ") + text_of(message);
  return out;
}

std::string live(subscription& sub, sequence seq, std::string type = "item.seen") {
  std::vector<client_message> out;
  sub.on_live(std::make_shared<const frame_batch>(std::vector{make_frame(seq, std::move(type))}), out);
  return text_of(out);
}

std::string live_batch(subscription& sub, sequence from, sequence to) {
  std::vector<client_message> out;
  sub.on_live(std::make_shared<const frame_batch>(make_page(from, to)), out);
  return text_of(out);
}

subscription_request request(start_point start, std::uint32_t window = 256) {
  return {7, 1, "job-1", std::move(start), {}, window};
}

const stream_bounds ten{"k3", 1, 10};
const stream_bounds trimmed{"k3", 5, 10};

void begin(subscription& sub) {
  CAF_REQUIRE(std::holds_alternative<subscribed>(sub.start(ten).front()));
}

} // namespace

CAF_TEST(the start depends on the position and on the history kept) {
  struct row {
    start_point start;
    stream_bounds stream;
    std::string expected;
    bool page;
  };
  const row table[] = {
      {start_live{}, ten, "from 10, live 10", false},
      {start_live{}, {"k3", 1, 0}, "from 0, live 0", false},
      {start_earliest{}, ten, "from 0", true},
      {start_earliest{}, trimmed, "from 4", true},
      {start_earliest{}, {"k3", 11, 10}, "from 10, live 10", false},
      {stream_position{"k3", 7}, ten, "from 7 recovering recovered", true},
      {stream_position{"k3", 10}, ten, "from 10 recovering recovered, live 10", false},
      {stream_position{"k3", 0}, ten, "from 0 recovering recovered", true},
      {stream_position{"k3", 4}, trimmed, "from 4 recovering recovered", true},
      {stream_position{"k3", 3}, trimmed, "from 4 recovering, missing 4-4 trimmed", true},
      {stream_position{"k3", 0}, trimmed, "from 4 recovering, missing 1-4 trimmed", true},
      {stream_position{"old", 7}, ten, "from 10 recovering, live 10", false},
      {stream_position{"k3", 11}, ten, "from 10 recovering, live 10", false},
  };
  for (const auto& [start, stream, expected, page] : table) {
    subscription sub{request(start)};
    CAF_CHECK_EQUAL(text_of(sub.start(stream)), expected);
    CAF_CHECK_EQUAL(sub.wants_page(), page);
    CAF_CHECK_EQUAL(sub.live(), !page);
  }
}

CAF_TEST(the answer carries what the client asked with) {
  subscription sub{request(start_live{})};
  const auto out = sub.start(trimmed);
  const auto& answer = std::get<subscribed>(out.front());
  CAF_CHECK_EQUAL(answer.sub, 7U);
  CAF_CHECK_EQUAL(answer.reply_to, 1U);
  CAF_CHECK_EQUAL(answer.job, "job-1");
  CAF_CHECK_EQUAL(answer.epoch, "k3");
  CAF_CHECK_EQUAL(answer.first, 5U);
  CAF_CHECK_EQUAL(answer.last, 10U);
}

CAF_TEST(live frames are delivered once and in order) {
  subscription sub{request(start_live{})};
  begin(sub);
  CAF_CHECK_EQUAL(live(sub, 11), "11");
  CAF_CHECK_EQUAL(live(sub, 11), "");
  CAF_CHECK_EQUAL(live(sub, 3), "");
  CAF_CHECK_EQUAL(live(sub, 12), "12");
  CAF_CHECK(sub.live());
}

CAF_TEST(a missed live frame is read from the store) {
  subscription sub{request(start_live{})};
  begin(sub);
  CAF_CHECK_EQUAL(live(sub, 12), "");
  CAF_CHECK(!sub.live());
  CAF_CHECK(sub.wants_page());
  CAF_CHECK_EQUAL(sub.after(), 10U);
  CAF_CHECK_EQUAL(sub.lag(), 2U);
  CAF_CHECK_EQUAL(text_of(sub.on_page(make_page(11, 12), 12, 1)), "11, 12, live 12");
  CAF_CHECK_EQUAL(live(sub, 13), "13");
}

CAF_TEST(only one page is asked for at a time) {
  subscription sub{request(start_earliest{})};
  begin(sub);
  sub.page_requested();
  CAF_CHECK(!sub.wants_page());
  sub.page_failed();
  CAF_CHECK(sub.wants_page());
  sub.page_requested();
  CAF_CHECK_EQUAL(text_of(sub.on_page(make_page(1, 3), 10, 1)), "1, 2, 3");
  CAF_CHECK(sub.wants_page());
  CAF_CHECK_EQUAL(sub.after(), 3U);
}

CAF_TEST(a frame heard of during catch up keeps it going until the store shows it) {
  subscription sub{request(start_earliest{})};
  begin(sub);
  sub.page_requested();
  CAF_CHECK_EQUAL(live(sub, 11), "");
  CAF_CHECK_EQUAL(text_of(sub.on_page(make_page(1, 10), 10, 1)), "1, 2, 3, 4, 5, 6, 7, 8, 9, 10");
  CAF_CHECK(sub.wants_page());
  CAF_CHECK_EQUAL(text_of(sub.on_page(make_page(11, 11), 11, 1)), "11, live 11");
}

CAF_TEST(history that was trimmed meanwhile is announced as missing) {
  subscription sub{request(start_earliest{})};
  begin(sub);
  CAF_CHECK_EQUAL(text_of(sub.on_page(make_page(6, 7), 10, 6)), "missing 1-5 trimmed, 6, 7");
  CAF_CHECK_EQUAL(text_of(sub.on_page({}, 10, 11)), "missing 8-10 trimmed, live 10");
}

CAF_TEST(a gap in front of what is kept carries the state of the job) {
  const auto state = std::make_shared<const std::string>(R"({"seq":10,"handlers":{}})");
  subscription early{request(stream_position{"k3", 1})};
  CAF_CHECK_EQUAL(text_of(early.start({"k3", 5, 10, state})),
                  R"(from 4 recovering, missing 2-4 trimmed with {"seq":10,"handlers":{}})");
  subscription late{request(start_earliest{})};
  begin(late);
  CAF_CHECK_EQUAL(text_of(late.on_page(make_page(6, 6), 10, 6, state)),
                  R"(missing 1-5 trimmed with {"seq":10,"handlers":{}}, 6)");
}

CAF_TEST(a hole in a page is announced as missing) {
  subscription sub{request(start_earliest{})};
  begin(sub);
  CAF_CHECK_EQUAL(text_of(sub.on_page({make_frame(1), make_frame(4)}, 10, 1)), "1, missing 2-3 trimmed, 4");
}

CAF_TEST(a full window stops delivery until an acknowledgement) {
  subscription sub{request(start_live{}, 2)};
  begin(sub);
  CAF_CHECK_EQUAL(live(sub, 11), "11");
  CAF_CHECK_EQUAL(live(sub, 12), "12");
  CAF_CHECK_EQUAL(live(sub, 13), "");
  CAF_CHECK(!sub.live());
  CAF_CHECK(!sub.wants_page());
  CAF_CHECK_EQUAL(sub.unacknowledged(), 2U);
  sub.acknowledge(11);
  CAF_CHECK(sub.wants_page());
  sub.page_requested();
  CAF_CHECK_EQUAL(text_of(sub.on_page(make_page(13, 14), 14, 1)), "13");
  CAF_CHECK(!sub.wants_page());
  sub.acknowledge(1'000);
  CAF_CHECK_EQUAL(sub.unacknowledged(), 0U);
  CAF_CHECK_EQUAL(text_of(sub.on_page(make_page(14, 14), 14, 1)), "14, live 14");
}

CAF_TEST(a blocked client gets nothing until it is writable) {
  subscription sub{request(start_live{}, 0)};
  begin(sub);
  sub.set_blocked(true);
  CAF_CHECK_EQUAL(live(sub, 11), "");
  CAF_CHECK_EQUAL(live(sub, 12), "");
  CAF_CHECK(!sub.wants_page());
  sub.set_blocked(false);
  CAF_CHECK(sub.wants_page());
  CAF_CHECK_EQUAL(text_of(sub.on_page(make_page(11, 12), 12, 1)), "11, 12, live 12");
  CAF_CHECK_EQUAL(sub.unacknowledged(), 0U);
}

CAF_TEST(frames that the filter does not want pass silently and use no window) {
  auto wanted = request(start_live{}, 1);
  wanted.types = {"user.*"};
  subscription sub{wanted};
  begin(sub);
  CAF_CHECK_EQUAL(live(sub, 11), "");
  CAF_CHECK_EQUAL(live(sub, 12, "user.seen"), "12");
  CAF_CHECK_EQUAL(live(sub, 13), "");
  CAF_CHECK(sub.live());
  CAF_CHECK_EQUAL(sub.unacknowledged(), 1U);
  CAF_CHECK_EQUAL(live(sub, 14, "user.seen"), "");
  CAF_CHECK(!sub.live());
  CAF_CHECK_EQUAL(sub.after(), 13U);
}

CAF_TEST(live frames that all fit are passed on as they came) {
  subscription sub{request(start_live{})};
  begin(sub);
  CAF_CHECK_EQUAL(live_batch(sub, 11, 14), "11-14");
  CAF_CHECK_EQUAL(sub.unacknowledged(), 4u);
  CAF_CHECK_EQUAL(sub.after(), 14u);
  CAF_CHECK_EQUAL(live_batch(sub, 13, 15), "15");
  CAF_CHECK_EQUAL(live_batch(sub, 17, 18), "");
  CAF_CHECK(sub.wants_page());
}

CAF_TEST(of live frames only those go out for which the window has room) {
  subscription sub{request(start_live{}, 3)};
  begin(sub);
  CAF_CHECK_EQUAL(live_batch(sub, 11, 14), "11, 12, 13");
  CAF_CHECK(!sub.live());
  sub.acknowledge(13);
  CAF_CHECK(sub.wants_page());
}

CAF_TEST(of live frames only those go out that the filter wants) {
  auto wanted = request(start_live{});
  wanted.types = {"other.*"};
  subscription sub{std::move(wanted)};
  begin(sub);
  CAF_CHECK_EQUAL(live_batch(sub, 11, 14), "");
  CAF_CHECK_EQUAL(sub.after(), 14u);
}
