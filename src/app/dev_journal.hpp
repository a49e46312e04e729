#pragma once

#include "actors/event_witness.hpp"
#include "app/dev_output.hpp"

#include <cstddef>
#include <iosfwd>
#include <memory>

namespace weir::app {

/// Prints what becomes of each event of `weir dev`, from a thread of its own:
/// neither a slow terminal nor a pipe that nobody reads holds up a job.
class dev_journal final : public actors::event_witness {
public:
  /// Lines wait until `begin`, so that none stands above the banner.
  /// @param out must outlive all printing; std::cout does.
  /// @param backlog lines that wait for a slow terminal before further ones are counted only.
  explicit dev_journal(std::ostream& out, std::size_t backlog = 256);

  /// Prints what waits, unless the reader takes longer than a second for it.
  ~dev_journal() override;

  /// From now on lines are printed. Once.
  void begin();

  void accepted(const accepted_event& what) override;
  void retrying(const accepted_event& what, const attempt& failed, std::chrono::milliseconds wait) override;
  void committed(const job_id& job, const std::vector<stream_entry>& entries) override;

private:
  struct state;
  std::shared_ptr<state> state_;
};

} // namespace weir::app
