#!/usr/bin/env python3
"""src/x/y.cpp is tested by tests/x/y_test.cpp, or stands here under what tests it."""
import sources

# test: (why there, sources without a test of their own name)
ELSEWHERE = {
    "tests/telemetry/metrics_test.cpp": ("a table, walked through row by row", ["src/telemetry/metrics_table.cpp"]),
    # -- domain
    "tests/domain/cloudevent_test.cpp": ("the modes are tested as a producer sends them", [
        "src/domain/cloudevent_envelope.cpp", "src/domain/cloudevent_headers.cpp"]),
    "tests/domain/native_envelope_test.cpp": ("the checks that both envelopes share", ["src/domain/envelope.cpp"]),
    "tests/domain/processor_test.cpp": ("a run shows what it became", [
        "src/domain/caused_event.cpp", "src/domain/handler_runner.cpp", "src/domain/processed_event.cpp",
        "src/domain/processor_effects.cpp"]),
    "tests/end_to_end/test_rehearsal.py": ("needs a log that was written by other handlers", ["src/actors/rehearser.cpp"]),
    "tests/end_to_end/test_processing.py": ("blocks a thread", ["src/domain/demo/slow_handler.cpp"]),
    "tests/domain/handler_test.cpp": ("an event is read by handlers", ["src/domain/event.cpp"]),
    "tests/domain/handler_response_test.cpp": ("effects are the body of an answer", ["src/domain/handler_effects.cpp"]),
    "tests/domain/json_reader_test.cpp": ("numbers are read through the reader", ["src/domain/json_number.cpp"]),
    "tests/domain/concierge_handler_test.cpp": ("one table of good and bad events for the pack", [
        "src/domain/concierge/moments.cpp", "src/domain/concierge/payload_fields.cpp",
        "src/domain/concierge/records.cpp"]),
    "tests/domain/rule_test.cpp": ("steps are tested as a rule runs them", [
        "src/domain/rules/rule_handler.cpp", "src/domain/rules/rule_run.cpp", "src/domain/rules/rule_steps.cpp",
        "src/domain/rules/text_template.cpp"]),
    "tests/domain/harness_test.cpp": ("what a harness shows of its world", ["src/domain/testing/harness_world.cpp"]),
    # -- storage: one suite for all stores
    "tests/storage/store_contract.hpp": ("every store passes the suite", [
        "src/storage/batch_plan.cpp", "src/storage/commits_ahead.cpp", "src/storage/embedded_effects.cpp", "src/storage/embedded_lookups.cpp",
        "src/storage/embedded_reads.cpp", "src/storage/memory_effects.cpp",
        "src/storage/memory_reads.cpp", "src/storage/memory_state.cpp", "src/storage/store.cpp",
        "src/storage/store_rules.cpp", "src/storage/stream_reader.cpp", "src/storage/view.cpp",
        "src/storage/view_editor.cpp", "src/storage/view_editor_rows.cpp", "src/storage/view_options.cpp"]),
    "tests/storage/log_format_test.cpp": ("the bytes are tested together", [
        "src/storage/asked_codec.cpp", "src/storage/byte_codec.cpp", "src/storage/commit_codec.cpp", "src/storage/crc32c.cpp",
        "src/storage/event_codec.cpp", "src/storage/format_version.cpp", "src/storage/parts_codec.cpp",
        "src/storage/view_keys.cpp",
        "src/storage/view_rows.cpp"]),
    "tests/storage/embedded_recovery_test.cpp": ("damage is done to files, and a start must judge it", [
        "src/storage/damage.cpp", "src/storage/high_water.cpp", "src/storage/log_reader.cpp",
        "src/storage/recovery.cpp", "src/storage/recovery_formats.cpp", "src/storage/recovery_judge.cpp",
        "src/storage/recovery_replay.cpp",
        "src/storage/segment_table.cpp",
        "src/storage/set_aside.cpp"]),
    "tests/storage/embedded_store_test.cpp": ("needs an open store", [
        "src/storage/directory_lock.cpp", "src/storage/open_store.cpp"]),
    "tests/storage/embedded_fault_test.cpp": ("files that fail", [
        "src/storage/log_writer.cpp", "src/storage/posix_file.cpp"]),
    "tests/storage/retention_test.cpp": ("what takes the place of dropped segments", [
        "src/storage/base.cpp", "src/storage/dropped_rows.cpp", "src/storage/kept_events.cpp"]),
    "tests/storage/verify_test.cpp": ("one table of damages, all of which must be found", [
        "src/storage/verify_effects.cpp", "src/storage/verify_log.cpp", "src/storage/verify_outbox.cpp",
        "src/storage/verify_rows.cpp",
        "src/storage/view_table.cpp"]),
    "tests/storage/backup_test.cpp": ("a backup is made and then checked", [
        "src/storage/backup_check.cpp", "src/storage/backup_place.cpp"]),
    # -- actors: each beside the one that it talks to
    "tests/actors/job_run_test.cpp": ("incidents end and are seen", [
        "src/actors/breaker_board.cpp", "src/actors/incident_answers.cpp"]),
    "tests/actors/job_test.cpp": ("a job orders and commits", ["src/actors/job_commit.cpp", "src/actors/job_turn.cpp"]),
    "tests/actors/backup_test.cpp": ("what BACKUP is told to do", ["src/actors/store_task_board.cpp"]),
    "tests/actors/verifier_test.cpp": ("what a verifier is told to do", [
        "src/actors/verify_json.cpp"]),
    "tests/actors/shard_test.cpp": ("what operators ask of a shard, and what leaves its memory", [
        "src/actors/shard_memory.cpp", "src/actors/shard_operations.cpp"]),
    "tests/actors/subscriber_test.cpp": ("the feed that subscribers join", ["src/actors/broadcaster.cpp"]),
    "tests/actors/ingest_test.cpp": ("events are routed once they are durable", ["src/actors/router.cpp"]),
    "tests/actors/answers_test.cpp": ("asked as operators ask", [
        "src/actors/actor_card.cpp", "src/actors/handler_rows.cpp", "src/actors/inspector.cpp",
        "src/actors/node_answers.cpp", "src/actors/store_answers.cpp"]),
    "tests/actors/timer_test.cpp": ("rows are listed beside what timers do", ["src/actors/outbox_answers.cpp"]),
    "tests/actors/dead_letter_test.cpp": ("asked as operators ask", ["src/actors/letter_answers.cpp"]),
    "tests/actors/operations_test.cpp": ("rows are what operators see of an operation", [
        "src/actors/operation_board.cpp", "src/actors/operation_json.cpp"]),
    "tests/actors/node_supervisor_test.cpp": ("the directory follows restarts", ["src/actors/node_services.cpp"]),
    # -- net
    "tests/net/listener_context_test.cpp": ("all routes of a listener against a fake node", [
        "src/net/admin_routes.cpp", "src/net/ask_node.cpp", "src/net/gateway.cpp", "src/net/health_routes.cpp",
        "src/net/ingest_routes.cpp", "src/net/public_routes.cpp"]),
    "tests/net/ingest_request_test.cpp": ("request and response belong together", [
        "src/net/ingest_response.cpp", "src/net/parser_pool.cpp"]),
    "tests/net/request_checks_test.cpp": ("a target is part of the head", ["src/net/request_target.cpp"]),
    "tests/net/server_test.cpp": ("needs a socket", [
        "src/net/asio_beast_impl.cpp", "src/net/client_port.cpp", "src/net/http_session.cpp", "src/net/listener.cpp",
        "src/net/live_session.cpp",
        "src/net/sse_session.cpp", "src/net/websocket_session.cpp"]),
    "tests/net/ws_connection_test.cpp": ("what a connection says and counts", [
        "src/net/ws_delivery.cpp"]),
    "tests/end_to_end/test_metrics.py": ("figures are read as an operator reads them", ["src/net/net_metrics.cpp"]),
    "tests/end_to_end/test_main_path.py": ("needs both a network and actors", ["src/net/actor_gateway.cpp"]),
    # -- app
    "tests/app/verify_online_test.cpp": ("the same is shown of a running and of a stopped node", [
        "src/app/node_task.cpp", "src/app/verify_output.cpp"]),
    "tests/app/cli_test.cpp": ("commands are tested as they are typed", [
        "src/app/command.cpp", "src/app/commands_config.cpp", "src/app/commands_docs.cpp",
        "src/app/commands_incident.cpp", "src/app/commands_rehearse.cpp", "src/app/commands_node.cpp", "src/app/config_check.cpp",
        "src/app/exit_code.cpp", "src/app/global_options.cpp"]),
    "tests/app/config_loader_test.cpp": ("a file is read by the loader", [
        "src/app/config_file.cpp", "src/app/config_values.cpp", "src/app/toml_json.cpp"]),
    "tests/app/config_text_test.cpp": ("every option is written and read again", [
        "src/app/config_format.cpp", "src/app/config_options.cpp"]),
    "tests/app/fixture_test.cpp": ("what is read is run", ["src/app/fixture_run.cpp"]),
    "tests/app/config_handlers_test.cpp": ("tables are read and shown", [
        "src/app/config_handlers_text.cpp", "src/app/handler_url.cpp"]),
    "tests/app/output_test.cpp": ("what people see", [
        "src/app/actor_tree.cpp", "src/app/dev_output.cpp", "src/app/json_members.cpp",
        "src/app/progress_line.cpp"]),
    "tests/app/stream_protocol_test.cpp": ("what a subscriber is told and shown", [
        "src/app/stream_filter.cpp", "src/app/stream_text.cpp"]),
    "tests/faults/test_full_disk.py": ("needs a disk without room", ["src/app/store_start.cpp"]),
    "tests/end_to_end/test_cli.py": ("starts the program", [
        "src/app/application.cpp", "src/app/bulk_letters.cpp", "src/app/commands_actor.cpp",
        "src/app/commands_dlq.cpp", "src/app/commands_operation.cpp",
        "src/app/commands_event.cpp", "src/app/commands_job.cpp", "src/app/commands_send.cpp",
        "src/app/commands_sub.cpp", "src/app/event_sender.cpp", "src/app/interrupt.cpp", "src/app/main.cpp",
        "src/app/endpoints_file.cpp", "src/app/node.cpp", "src/app/node_greeting.cpp", "src/app/node_parts.cpp", "src/app/verify_run.cpp"]),
    "tests/end_to_end/test_backup.py": ("a real store is copied and restored", ["src/app/backup_run.cpp"]),
    "tests/app/commands_backup_test.cpp": ("what commands print", ["src/app/backup_output.cpp"]),
}


def check():
    listed = {source: test for test, (_, these) in ELSEWHERE.items() for source in these}
    for path in sources.files("src", suffixes=(".cpp",)):
        own = f"tests/{path.parts[1]}/{path.stem}_test.cpp"
        has_own = (sources.ROOT / own).exists()
        if has_own and str(path) in listed:
            yield f"{path}: has a test of its own now; take it off the list in tools/check_mirror.py"
        elif not has_own and str(path) not in listed:
            yield f"{path}: {own} is missing"
    for path in {*listed, *ELSEWHERE}:
        if not (sources.ROOT / path).exists():
            yield f"tools/check_mirror.py: {path} is gone"


sources.run(check)
