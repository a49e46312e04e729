#pragma once

#include "app/json_members.hpp"
#include "domain/result.hpp"
#include "domain/stream.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::app {

enum class stream_start : std::uint8_t { live, earliest, after };

/// One job to follow.
struct stream_wish {
  job_id job;
  stream_start start = stream_start::live;
  stream_position after; ///< only for `after`; epoch "" is not checked
};

/// One event as it came; `members` without "ev".
struct stream_event {
  job_id job;
  sequence seq = 0;
  std::string id;
  std::string type;
  std::string time;
  std::vector<json_member> members;
};

/// What else a follower should know. Never silent about what is missing.
struct stream_notice {
  enum class kind : std::uint8_t {
    connected, ///< first subscription: `node`, `detail` "live", "earliest" or "after", `from` seq
    resumed,   ///< after a reconnect: behind `from`
    caught_up, ///< everything after `from` is live
    gap,       ///< `from`..`to` will not come: `detail` says why
    recreated, ///< another stream under the same name, followed from its start: `detail` "old -> new"
    ended,     ///< the node ended this subscription: `detail`
  };
  kind what = kind::connected;
  job_id job;
  std::string node;
  std::string detail;
  sequence from = 0;
  sequence to = 0;
};

struct stream_listener {
  std::function<bool(const stream_event&)> event; ///< false: enough
  std::function<void(const stream_notice&)> notice;
};

/// The client's side of `weir.v1.json` without any socket: remembers where
/// each job stands, so that a new connection continues and nothing is handed
/// on twice.
class stream_protocol {
public:
  /// @param types globs with "*"; empty: all.
  stream_protocol(std::vector<stream_wish> wishes, std::vector<std::string> types, stream_listener listener);

  /// A connection stands. @returns the frames to send.
  [[nodiscard]] std::vector<std::string> opened();

  /// Takes one text frame. @returns the frames to send.
  [[nodiscard]] std::vector<std::string> receive(std::string_view text);

  /// The connection ended. @param jitter in [0, 1).
  /// @returns how long to wait before the next one, or nothing: stop, see `outcome`.
  [[nodiscard]] std::optional<std::chrono::milliseconds> closed(std::uint16_t code, std::string_view reason,
                                                                std::chrono::milliseconds lasted, double jitter);

  /// Set when there is nothing more to do: success, or why it failed.
  [[nodiscard]] const std::optional<status>& outcome() const noexcept;
  /// The server asked to drop this connection and come back.
  [[nodiscard]] bool wants_reconnect() const noexcept;
  /// How often the server says something, as it told.
  [[nodiscard]] std::chrono::seconds ping_interval() const noexcept;

private:
  struct subscription {
    stream_wish wish;
    bool begun = false;       ///< was subscribed once: continue from `position`
    bool anew = false;        ///< the stream was recreated: take all of the new one
    bool over = false;        ///< the node ended it for good
    stream_position position; ///< handed on up to here
    std::uint64_t sub = 0;
    std::uint32_t unacknowledged = 0;
  };
  using frames = std::vector<std::string>;

  std::string subscribe_frame(const subscription& one) const;
  void on_answer(const std::vector<json_member>& members, frames& out);
  void on_subscribed(subscription& one, const std::vector<json_member>& ok, frames& out);
  void start_over(subscription& one, const std::string& epoch, frames& out);
  void on_refused(const std::vector<json_member>& why);
  void on_event(std::vector<json_member> members, frames& out);
  void on_gap(const std::vector<json_member>& members);
  void on_live(const std::vector<json_member>& members, frames& out);
  void on_closed(const std::vector<json_member>& members, frames& out);
  void on_bye(const std::vector<json_member>& bye);
  subscription* find(std::uint64_t sub);
  void acknowledge(subscription& one, frames& out);
  void stop(status why);
  void tell(stream_notice notice) const;

  std::vector<subscription> subscriptions_;
  std::vector<std::string> types_;
  stream_listener listener_;
  std::string node_;
  std::chrono::seconds ping_{25};
  std::uint32_t failures_ = 0;                         ///< connections in a row that did not last
  std::optional<std::chrono::milliseconds> come_back_; ///< the server said when
  bool drop_ = false;
  std::optional<status> outcome_;
};

} // namespace weir::app
