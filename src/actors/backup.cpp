#include "actors/backup.hpp"

#include "actors/actor_basics.hpp"
#include "actors/answers.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <utility>

namespace weir::actors {

namespace {

telemetry::counter runs(const node_services& services, const char* outcome) {
  return services.metrics->registry.counter("weir_store_backups_total", {{"outcome", outcome}});
}

telemetry::gauge last_one(const node_services& services) {
  return services.metrics->registry.gauge("weir_store_last_backup_timestamp_seconds");
}

nlohmann::json to_json(const backup_task& row) {
  nlohmann::json out{{"id", row.id},
                     {"state", word_of(row.state)},
                     {"directory", row.directory.string()},
                     {"startedAt", to_rfc3339(row.started_at)},
                     {"step", row.progress.step},
                     {"doneBytes", row.progress.done},
                     {"totalBytes", row.progress.total}};
  if (row.state > store_task_phase::running)
    out["endedAt"] = to_rfc3339(row.ended_at);
  if (row.state == store_task_phase::failed) {
    out["code"] = row.code;
    out["detail"] = row.detail;
  }
  if (row.state == store_task_phase::done) {
    const auto& made = row.report;
    out.update({{"storeId", made.store_id},
                {"floor", made.floor},
                {"head", made.head},
                {"takenAt", to_rfc3339(made.taken_at)},
                {"files", made.files},
                {"bytes", made.bytes},
                {"logRecords", made.log_records},
                {"copiedFiles", made.copied_files},
                {"copiedBytes", made.copied_bytes},
                {"repairedFiles", made.repaired_files},
                {"removedFiles", made.removed_files}});
  }
  return out;
}

/// The directory that the body names. @returns `malformed_json`, `validation_failed`.
result<std::string> read_directory(const std::string& text) {
  const auto body = nlohmann::json::parse(text.empty() ? "{}" : text, nullptr, false);
  if (!body.is_object())
    return fail(errc::malformed_json, "the body is a JSON object with \"directory\"");
  for (const auto& [member, value] : body.items())
    if (member != "directory")
      return fail(errc::validation_failed, "unknown field \"" + member + "\"; known: directory");
  if (!body.contains("directory") || !body["directory"].is_string() || body["directory"].get<std::string>().empty())
    return fail(errc::validation_failed, "\"directory\" names a folder on the node's machine");
  return body["directory"].get<std::string>();
}

} // namespace

void backup_state::run() {
  const auto row = services->backups.begin();
  if (!row)
    return;
  const auto made = services->store->backup(
      {row->directory, services->now(), services->options.version, [this](const storage::backup_progress& at) {
         services->backups.note_progress(at);
         return !services->health.draining;
       }});
  tell(*row, made);
  services->backups.end(made, services->now());
}

void backup_state::tell(const backup_task& row, const result<storage::backup_report>& made) const {
  if (!made) {
    runs(*services, "failed").add();
    log::error("store.backup_failed", {{log::key::request_id, row.id},
                                       {log::key::path, row.directory.string()},
                                       {log::key::detail, made.error().detail}});
    return;
  }
  runs(*services, "done").add();
  const auto now = services->now();
  last_one(*services).set(std::chrono::duration<double>(now.time_since_epoch()).count());
  if (made->repaired_files > 0)
    log::warn("store.backup_repaired",
              {{log::key::path, row.directory.string()}, {log::key::count, made->repaired_files}});
  log::info("store.backed_up", {{log::key::request_id, row.id},
                                {log::key::path, row.directory.string()},
                                {log::key::position, made->head},
                                {log::key::bytes, made->copied_bytes},
                                {log::key::duration_ms,
                                 std::chrono::duration_cast<std::chrono::milliseconds>(now - row.started_at).count()}});
}

backup_actor::behavior_type backup(backup_actor::stateful_pointer<backup_state> self, services_ptr services) {
  use_house_rules(self);
  // Series that are there from the start can be watched from the start.
  for (const auto* outcome : {"done", "failed"})
    (void)runs(*services, outcome);
  (void)last_one(*services);
  services->backups.abandon(services->now());
  self->state.services = std::move(services);
  return {
      [self](const begin_backup&) { self->state.run(); },
  };
}

result<answer> answer_backup(node_services& services, const question& what) {
  if (what.verb == "backup.get") {
    const auto id = parameter(what, "id");
    const auto found = services.backups.find(id);
    if (!found)
      return fail(errc::not_found, fmt::format("no backup \"{}\" since the node started", id));
    return answer{200, dump(to_json(*found)), {}};
  }
  const auto wanted = read_directory(what.body);
  if (!wanted)
    return wanted.error();
  const auto place = storage::allowed_backup_place(services.options.backup_directory, *wanted);
  if (!place)
    return place.error();
  const auto now = services.now();
  backup_task task;
  task.id = services.new_id(now);
  task.directory = *place;
  const auto added = services.backups.add(std::move(task), now);
  if (!added)
    return added.error();
  return answer{202, dump(to_json(*added)), {}, added->id};
}

} // namespace weir::actors
