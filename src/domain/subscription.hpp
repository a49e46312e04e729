#pragma once

#include "domain/delivery.hpp"
#include "domain/filter.hpp"

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace weir {

/// What is known of a job's stream when a subscription starts. Read after the
/// live feed was asked for: what is committed in between then comes both ways
/// and never no way.
struct stream_bounds {
  std::string epoch;
  sequence first = 1;             ///< oldest number kept
  sequence last = 0;              ///< newest committed
  state_snapshot state = nullptr; ///< goes with a gap in front of `first`
};

/// Joins history and live feed for one client and one job: every number at
/// most once, ascending, and none left out without a `missing_frames`. Pages
/// of history come from the store while catching up; when a live frame does
/// not fit (a number was missed, the window is used up, the client is
/// blocked) it is forgotten and read from the store later. So memory is
/// bounded by the window whatever the client does. Pure; one owner.
class subscription {
public:
  explicit subscription(subscription_request request);

  /// Decides where delivery starts. Call once, first.
  /// @returns `subscribed`, then `missing_frames` or `caught_up` as they apply.
  /// A position of another epoch, or beyond the end, is not recovered:
  /// delivery starts live and the client decides what to reload. A position
  /// below the kept history continues at `first` with a `missing_frames`.
  [[nodiscard]] std::vector<client_message> start(const stream_bounds& stream);

  /// Whether a page of history behind `after()` should be read now.
  [[nodiscard]] bool wants_page() const noexcept;
  [[nodiscard]] sequence after() const noexcept;
  /// A page was asked for; until its answer there is no second one.
  void page_requested() noexcept;
  /// The page could not be read; it may be asked for again.
  void page_failed() noexcept;

  /// @param entries ascending, behind `after()`; may be empty.
  /// @param last_seq,first_seq of the stream when the page was read.
  /// @param state goes with a gap in front of `first_seq`.
  [[nodiscard]] std::vector<client_message> on_page(const std::vector<frame_ptr>& entries, sequence last_seq,
                                                    sequence first_seq, const state_snapshot& state = nullptr);

  /// Frames of the live feed; appends what is to be sent.
  void on_live(const frame_batch_ptr& batch, std::vector<client_message>& out);

  /// Cumulative; numbers never delivered are harmless.
  void acknowledge(sequence seq);

  /// Whether the client's buffer is full.
  void set_blocked(bool blocked) noexcept;

  [[nodiscard]] bool live() const noexcept;
  /// Frames sent and not acknowledged; 0 without a window.
  [[nodiscard]] std::size_t unacknowledged() const noexcept;
  /// How far the client is behind the newest number heard of.
  [[nodiscard]] sequence lag() const noexcept;
  [[nodiscard]] const subscription_request& request() const noexcept;

private:
  enum class mode : std::uint8_t { catching_up, live };

  [[nodiscard]] bool has_room() const noexcept;
  [[nodiscard]] bool takes_all(const std::vector<frame_ptr>& frames) const noexcept;
  void on_live(const frame_ptr& content, std::vector<client_message>& out);
  [[nodiscard]] bool deliver(const frame_ptr& content, std::vector<client_message>& out);
  void skip_to(sequence next, std::vector<client_message>& out, const state_snapshot& state = nullptr);
  void go_live_if_complete(std::vector<client_message>& out);

  subscription_request request_;
  type_filter filter_;
  mode mode_ = mode::catching_up;
  sequence next_ = 1; ///< to be decided next: sent, or passed by the filter
  sequence head_ = 0; ///< highest number heard of
  bool page_requested_ = false;
  bool blocked_ = false;
  std::deque<sequence> sent_; ///< unacknowledged, ascending; empty without a window
};

} // namespace weir
