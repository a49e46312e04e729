#pragma once

#include "storage/base.hpp"
#include "storage/damage.hpp"
#include "storage/embedded_store.hpp"
#include "storage/high_water.hpp"
#include "storage/log_reader.hpp"
#include "storage/log_writer.hpp"
#include "storage/view.hpp"
#include "storage/view_editor.hpp"
#include "storage/view_rows.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weir::storage {

/// Where the parts of a store lie.
struct store_paths {
  explicit store_paths(const std::filesystem::path& directory)
      : root(directory), log(directory / "log"), view(directory / "view") {}
  std::filesystem::path root, log, view;
};

/// @returns `not_found` for a folder that is missing, or has nothing of a store in it.
[[nodiscard]] status find_store(const std::filesystem::path& directory);

/// What a start found: everything that an open store goes on with.
struct recovered_store {
  std::shared_ptr<segment_table> segments;
  log_tail tail;
  std::unique_ptr<view> rows;
  meta_row meta;
  recovery_report report;
};

/// Brings log, high-water mark and view together. Never guesses: a torn tail
/// behind the mark is cut, anything else that is missing is refused.
class recovery {
public:
  recovery(const embedded_options& opts, const store_uuid& random);

  /// @returns `storage_damaged` with the whole story for the operator.
  [[nodiscard]] result<recovered_store> run();

  /// Why the last `run` refused, and what is needed to give data up.
  struct refusal {
    damage what;
    log_position new_start = 0; ///< behind everything ever written
    std::uint64_t next_group = 1;
    store_uuid store_id{};
    std::vector<std::filesystem::path> behind; ///< segments that begin in or behind the damage
    std::optional<segment_file> cut;           ///< segment whose front stays
  };
  [[nodiscard]] const std::optional<refusal>& refused() const noexcept {
    return refused_;
  }

private:
  struct log_end {
    log_position position = first_log_position;
    std::uint64_t next_group = 1;
    std::optional<std::string> broken; ///< why there is no group, unless the log ends in zeros
    bool astray = false;               ///< the group can be read, but does not fit the view
  };
  [[nodiscard]] status read_files();
  [[nodiscard]] status read_mark();
  void find_breaks();
  [[nodiscard]] status read_kept();
  [[nodiscard]] status refuse_newer_rows() const;
  [[nodiscard]] status open_view();
  [[nodiscard]] status rebuild_view(std::string why);
  [[nodiscard]] status use_fresh_view();
  [[nodiscard]] status use_base();
  [[nodiscard]] result<log_end> replay();
  /// @returns false when the group does not continue what is applied.
  [[nodiscard]] result<bool> replay_group(const log_group& group, const log_end& end,
                                          std::unique_ptr<view_editor>& editor);
  [[nodiscard]] result<bool> apply_group(const log_group& group, view_editor& editor);
  [[nodiscard]] status apply_staged(view_editor& editor, log_position covered, std::uint64_t group);
  [[nodiscard]] static log_end astray_at(const log_group& group);
  [[nodiscard]] status judge(log_end& end);
  [[nodiscard]] status judge_break(const log_end& end, log_position marked);
  [[nodiscard]] result<log_position> damage_end(const log_end& end) const;
  [[nodiscard]] status cut_tail(const log_end& end);
  [[nodiscard]] error refuse(const log_end& end, log_position to, std::string why);
  [[nodiscard]] log_position known_end() const;
  [[nodiscard]] status tell(log_position reached) const;

  const embedded_options& opts_;
  store_paths paths_;
  store_uuid random_;
  segment_listing listing_;
  std::size_t usable_ = 0;             ///< how many of `listing_.sound` follow each other
  std::optional<std::string> missing_; ///< what is wrong behind them
  std::optional<base_directory> base_; ///< stands for what was dropped in front of the log
  std::optional<water_mark> mark_;
  std::optional<std::string> no_mark_; ///< why there is none
  store_uuid store_id_{};
  recovered_store found_;
  bool fresh_view_ = false;
  log_position replayed_from_ = 0; ///< what the view covered before
  std::optional<refusal> refused_;
};

/// Gives up what was refused: moves it into "damaged-<position>", keeps the
/// log in front of it, and begins a new incarnation.
[[nodiscard]] status set_aside(const embedded_options& opts, const recovery::refusal& what, const store_uuid& random,
                               timestamp now);

} // namespace weir::storage
