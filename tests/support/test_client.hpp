#pragma once

#include "domain/delivery.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace weir::testing {

/// A connected client that notes what it is told. `room` frames fit into its
/// buffer; then it does not read until `drink`.
class test_client : public client_outlet {
public:
  bool push(std::vector<client_message> batch) override;
  void hang_up(std::uint16_t close_code, std::string reason) override;

  void subscribe(const job_id& job, start_point start = start_earliest{}, std::uint32_t window = 0,
                 std::uint32_t sub = 1);
  /// Reads all that is in the buffer.
  void drink(std::size_t room_after = 1'000'000);

  /// What it was told, in one line: "subscribed(0/3) 1 2 3 live(3)"; a resume
  /// shows as "resumed(..)" or "lost(..)", other news as "missing(1-2)",
  /// "closed", "refused". Only subscription `sub`.
  [[nodiscard]] std::string heard(std::uint32_t sub = 1) const;
  /// Numbers of the frames in order of arrival.
  [[nodiscard]] std::vector<sequence> numbers(std::uint32_t sub = 1) const;
  /// Where it stands, for a resume.
  [[nodiscard]] stream_position position() const;

  std::unique_ptr<client_link> link;
  std::vector<client_message> messages;
  std::size_t room = 1'000'000;
  std::uint16_t hung_up = 0; ///< close code
  std::uint64_t requests = 0;

private:
  std::size_t unread_ = 0;
};

using client_ptr = std::shared_ptr<test_client>;

} // namespace weir::testing
