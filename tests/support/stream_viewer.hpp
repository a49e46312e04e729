#pragma once

#include "domain/frame.hpp"
#include "support/node_fixture.hpp"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <vector>

namespace weir::testing {

/// A client program that follows one job from the beginning: it checks that
/// every number comes exactly once, resumes with (epoch, seq) after a lost
/// connection, acknowledges late and reads slowly.
class stream_viewer {
public:
  stream_viewer(job_id job, std::uint32_t window) : job_(std::move(job)), window_(window) {
    // nop
  }

  void connect(node_fixture& node, std::size_t room = 1'000'000) {
    read();
    client_ = node.connect();
    client_->room = room;
    read_to_ = 0;
    if (position_)
      client_->subscribe(job_, *position_, window_);
    else
      client_->subscribe(job_, start_earliest{}, window_);
  }

  /// Takes what has arrived. @returns whether the connection still stands.
  bool read() {
    if (!client_)
      return false;
    for (; read_to_ < client_->messages.size(); ++read_to_)
      std::visit([this](const auto& what) { note(what); }, client_->messages[read_to_]);
    return client_->hung_up == 0;
  }

  void acknowledge() {
    if (client_ && position_)
      client_->link->acknowledge(1, position_->seq);
  }

  void drink(std::size_t room) {
    if (client_)
      client_->drink(room);
  }

  void drop() {
    read();
    client_ = nullptr;
  }

  /// What was wrong so far; "" when nothing was.
  [[nodiscard]] std::string complaint(const node_fixture& node) const {
    if (!complaint_.empty())
      return complaint_;
    auto stream = node.stream(job_);
    if (bodies_.size() != stream.size())
      return fmt::format("viewer of {} has {} of {} frames", job_, bodies_.size(), stream.size());
    for (std::size_t i = 0; i < stream.size(); ++i)
      if (encode_frame(stream[i])->body != bodies_[i])
        return fmt::format("viewer of {} has another frame {}", job_, i + 1);
    return "";
  }

private:
  void wrong(std::string what) {
    if (complaint_.empty())
      complaint_ = fmt::format("viewer of {}: {}", job_, what);
  }

  void note(const subscribed& what) {
    if (what.from != bodies_.size() || what.recovering != position_.has_value() || what.recovering != what.recovered)
      wrong(fmt::format("starts at {} and has {}", what.from, bodies_.size()));
    position_ = stream_position{what.epoch, what.from};
  }
  void note(const deliver_frame& what) {
    if (what.content->seq != bodies_.size() + 1)
      wrong(fmt::format("got {} after {}", what.content->seq, bodies_.size()));
    bodies_.push_back(what.content->body);
    position_->seq = what.content->seq;
  }
  void note(const deliver_batch& /*what*/) {
    wrong("got a batch that the client did not unfold");
  }
  void note(const caught_up& what) {
    if (what.seq != bodies_.size())
      wrong(fmt::format("is live at {} and has {}", what.seq, bodies_.size()));
  }
  void note(const missing_frames& what) {
    wrong(fmt::format("misses {} to {}", what.from, what.to));
  }
  void note(const subscription_refused&) {
    // The node has no broadcaster at this moment; the program comes again.
    client_->hung_up = 1;
  }
  void note(const subscription_closed& what) {
    wrong("was closed: " + what.why.detail);
  }

  job_id job_;
  std::uint32_t window_;
  client_ptr client_;
  std::size_t read_to_ = 0;
  std::optional<stream_position> position_;
  std::vector<std::string> bodies_;
  std::string complaint_;
};

} // namespace weir::testing
