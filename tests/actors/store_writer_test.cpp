#define CAF_SUITE actors.store_writer
#include "support/node_fixture.hpp"
#include "support/weir_test.hpp"

#include <fmt/format.h>

using namespace weir;
using namespace weir::testing;
using namespace std::chrono_literals;

namespace {

/// "2+1": two appends and one commit in one write.
void note_writes(node_fixture& node, std::vector<std::string>& writes) {
  node.store->before_write = [&writes](const storage::write_batch& batch) {
    writes.push_back(fmt::format("{}+{}", batch.appends.size(), batch.commits.size()));
    return std::optional<error>{};
  };
}

/// Others go first, so that a job has its event before that is durable.
void run_until(node_fixture& node, const std::string& runs) {
  while (node.runs() != runs) {
    auto next = std::size_t{0};
    while (next + 1 < node.runnable() && node.kind_at(next) == "store_writer")
      ++next;
    node.run_at(next);
  }
}

} // namespace

CAF_TEST(what waits is written as one group) {
  node_fixture node;
  std::vector<std::string> writes;
  note_writes(node, writes);
  for (auto job : {"a", "b", "c"})
    node.post(job);
  node.settle_without("store_writer");
  CAF_CHECK(writes.empty());
  node.settle();
  CAF_CHECK_EQUAL(fmt::format("{}", fmt::join(writes, " ")), "3+0 0+3");
}

CAF_TEST(appends and commits share a group) {
  node_fixture node;
  for (auto job : {"a", "b"})
    node.post(job);
  while (node.runs() != "e1#1 e2#1")
    node.run_at(node.kind_at(0) == "store_writer" && node.runs() == "e1#1" && node.runnable() > 1 ? 1 : 0);
  std::vector<std::string> writes;
  note_writes(node, writes);
  node.post("c");
  node.settle_without("store_writer");
  node.settle();
  CAF_REQUIRE(!writes.empty());
  CAF_CHECK_EQUAL(writes.front(), "1+2");
}

CAF_TEST(one refused commit does not touch the others of its group) {
  node_fixture node;
  // The first commit of job a is measured against another past.
  bool is_first = true;
  node.store->before_write = [&](const storage::write_batch& batch) {
    for (auto& commit : const_cast<storage::write_batch&>(batch).commits)
      if (commit.job == "a" && std::exchange(is_first, false))
        commit.expected_last = 9;
    return std::optional<error>{};
  };
  node.post("a");
  node.post("b");
  node.settle_without("store_writer");
  node.settle();
  CAF_CHECK_EQUAL(node.told("b"), "e2");
  CAF_CHECK_EQUAL(node.told("a"), "");
  node.advance(1s);
  CAF_CHECK_EQUAL(node.told("a"), "e1");
}

CAF_TEST(a store that fails ends the node and nothing is acknowledged any more) {
  node_fixture node;
  node.post("a");
  node.settle();
  node.store->before_write = [](const auto&) { return std::optional<error>{fail(errc::storage_unavailable, "io")}; };
  auto during = node.post("a");
  node.settle();
  node.store->before_write = nullptr;
  auto after = node.post("a");
  node.advance(10s);
  CAF_CHECK(node.fatal == std::vector<int>{70});
  CAF_CHECK_EQUAL(during->word(), "storage-unavailable");
  CAF_CHECK_EQUAL(after->word(), "not-ready");
  CAF_CHECK(!node.services().health.store_ok);
  CAF_CHECK_EQUAL(node.told("a"), "e1");
}

CAF_TEST(a node that lost its store finds everything accepted when it starts again) {
  node_fixture node;
  auto reply = node.post("a");
  while (reply->answers == 0)
    node.run_at(0);
  node.store->before_write = [](const auto&) { return std::optional<error>{fail(errc::storage_unavailable, "io")}; };
  node.advance(1s);
  CAF_CHECK_EQUAL(node.told("a"), "");
  node.store->before_write = nullptr;
  node.restart();
  node.settle();
  CAF_CHECK_EQUAL(node.told("a"), "e1");
}

CAF_TEST(the backlog is counted where it is written) {
  node_fixture node;
  node.post("a", "retry 1");
  node.post("a");
  node.settle();
  CAF_CHECK_EQUAL(node.services().health.backlog.load(), 2u);
  node.restart();
  CAF_CHECK_EQUAL(node.services().health.backlog.load(), 2u);
  node.advance(10s);
  CAF_CHECK_EQUAL(node.services().health.backlog.load(), 0u);
}

CAF_TEST(an event is handled while its group is made durable and has no effect when that fails) {
  node_fixture node;
  node.post("a");
  node.settle();
  node.store->before_sync = [] { return std::optional{fail(errc::storage_unavailable, "io")}; };
  auto reply = node.post("a");
  run_until(node, "e1#1 e2#1");
  node.settle();
  CAF_CHECK_EQUAL(reply->word(), "storage-unavailable");
  CAF_CHECK_EQUAL(node.told("a"), "e1");
  CAF_CHECK(node.fatal == std::vector<int>{70});
}

CAF_TEST(an event whose handler runs elsewhere is handed out once it is durable) {
  node_fixture node;
  node.post("a");
  node.settle();
  node.store->before_sync = [] { return std::optional{fail(errc::storage_unavailable, "io")}; };
  event_details remote;
  remote.type = "remote.call";
  auto reply = node.post("a", "ok", remote);
  auto beside = node.post("b");
  node.settle();
  CAF_CHECK_EQUAL(node.away->waiting(), "");
  CAF_CHECK_EQUAL(node.runs(), "e1#1");
  CAF_CHECK_EQUAL(reply->word(), "storage-unavailable");
  CAF_CHECK_EQUAL(beside->word(), "storage-unavailable");
}

CAF_TEST(an event whose end somebody waits for is handed out behind the answer) {
  node_fixture node;
  node.store->before_sync = [] { return std::optional{fail(errc::storage_unavailable, "io")}; };
  event_details patient;
  patient.wait = 1s;
  auto reply = node.post("a", "ok", patient);
  node.settle();
  CAF_CHECK_EQUAL(node.runs(), "");
  CAF_CHECK_EQUAL(reply->word(), "storage-unavailable");
}

CAF_TEST(a commit becomes durable with the event that it finishes) {
  node_fixture node;
  auto syncs = 0;
  node.store->before_sync = [&] {
    ++syncs;
    return std::optional<error>{};
  };
  auto reply = node.post("a");
  run_until(node, "e1#1");
  node.settle();
  CAF_CHECK_EQUAL(node.told("a"), "e1");
  CAF_CHECK_EQUAL(reply->word(), "accepted");
  CAF_CHECK_EQUAL(syncs, 1);
}

CAF_TEST(jobs begin again when what they heard of finds no room on the disk) {
  node_fixture node;
  node.post("a");
  node.settle();
  auto is_full = true;
  node.store->before_sync = [&] {
    return std::exchange(is_full, false) ? std::optional{fail(errc::disk_full, "no room")} : std::optional<error>{};
  };
  auto reply = node.post("a");
  run_until(node, "e1#1 e2#1");
  node.settle();
  CAF_CHECK_EQUAL(reply->word(), "disk-full");
  CAF_CHECK_EQUAL(node.told("a"), "e1");
  // Lies where the other one would have been.
  node.post("a");
  node.settle();
  CAF_CHECK_EQUAL(node.told("a"), "e1 e3");
  CAF_CHECK_EQUAL(node.waiting("a"), "");
  CAF_CHECK_EQUAL(node.services().metrics->job_restarts.value(), 0.0);
  CAF_CHECK(node.fatal.empty());
}

CAF_TEST(what is staged is made durable and answered before the writer ends) {
  node_fixture node;
  auto reply = node.post("a");
  run_until(node, "e1#1");
  CAF_REQUIRE_EQUAL(reply->answers, 0);
  node.crash("store_writer");
  node.settle();
  CAF_CHECK_EQUAL(reply->word(), "accepted");
  CAF_CHECK(node.fatal == std::vector<int>{70});
}
