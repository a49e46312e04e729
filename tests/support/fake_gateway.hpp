#pragma once

#include "net/gateway.hpp"

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace weir::testing {

/// A node in memory: keeps streams, has no handlers, forgets everything.
/// Answers on the caller's thread.
class fake_gateway : public net::gateway {
public:
  void submit(net::submission batch, net::submit_reply reply) override;
  void ask(net::question what, net::ask_reply reply) override;
  [[nodiscard]] std::unique_ptr<client_link> connect(std::shared_ptr<client_outlet> outlet,
                                                     std::string description) override;
  [[nodiscard]] net::admission_state admission() const override;
  [[nodiscard]] status ready() const override;
  [[nodiscard]] status serving() const override;
  [[nodiscard]] bool alive() const override;

  /// What was asked last, for tests.
  [[nodiscard]] net::question last_question() const;
  [[nodiscard]] std::vector<net::submission> submissions() const;

  /// Hands the frames to everyone who listens to the job.
  void tell(const job_id& job, const frame_batch_ptr& frames);

  /// With this set, `submit` refuses everything.
  void refuse_with(net::refusal why);
  std::atomic<bool> is_ready{true};
  std::atomic<bool> is_serving{true};

private:
  friend class fake_link;
  struct listener {
    std::shared_ptr<client_outlet> outlet;
    subscription_request request;
  };
  net::submitted_item store(event& body, std::vector<std::pair<std::shared_ptr<client_outlet>, client_message>>& out);

  mutable std::mutex mutex_;
  std::map<job_id, std::vector<frame_ptr>> streams_;
  std::set<std::pair<std::string, std::string>> seen_;
  std::multimap<job_id, listener> listeners_;
  std::vector<net::submission> submissions_;
  net::question last_question_;
  std::unique_ptr<net::refusal> refusal_;
  std::uint64_t next_id_ = 1;
};

} // namespace weir::testing
