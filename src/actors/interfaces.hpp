#pragma once

#include "actors/messages.hpp"

#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

// Every typed handle of the node, on one page. What a message means stands in
// messages.hpp.
namespace weir::actors {

/// The STORE WRITER groups what waits into one durable write.
using store_writer_actor = caf::typed_actor<caf::reacts_to<append_events>, //
                                            caf::reacts_to<commit_job>,    //
                                            caf::reacts_to<fire_timers>,   //
                                            caf::reacts_to<tick_sync>,     //
                                            caf::reacts_to<discard_letter>>;

/// The STORE READER does the blocking reads of other actors.
using store_reader_actor = caf::typed_actor<caf::reacts_to<load_job>,        //
                                            caf::reacts_to<read_pending>,    //
                                            caf::reacts_to<read_stream>,     //
                                            caf::reacts_to<find_unfinished>, //
                                            caf::reacts_to<measure_outbox>,  //
                                            caf::reacts_to<ask_node>>;

/// INGEST admits, stamps and appends.
using ingest_actor = caf::typed_actor<caf::reacts_to<submit_events>,  //
                                      caf::reacts_to<roll_call>,      //
                                      caf::reacts_to<events_written>, //
                                      caf::reacts_to<wake_jobs>,      //
                                      caf::reacts_to<events_appended>>;

/// The ROUTER knows which shard owns a job.
using router_actor = caf::typed_actor<caf::reacts_to<events_accepted>, //
                                      caf::reacts_to<wake_jobs>,       //
                                      caf::reacts_to<ask_node>,        //
                                      caf::reacts_to<roll_call>,       //
                                      caf::reacts_to<shards_changed>>;

/// A SHARD supervises the jobs of its hash bucket.
using shard_actor = caf::typed_actor<caf::reacts_to<events_accepted>, //
                                     caf::reacts_to<wake_jobs>,       //
                                     caf::reacts_to<job_held>,        //
                                     caf::reacts_to<job_committed>,   //
                                     caf::reacts_to<ask_node>,        //
                                     caf::reacts_to<drain_shard>,     //
                                     caf::reacts_to<tick_restart>,    //
                                     caf::reacts_to<tick_sweep>>;

/// A JOB orders, handles and commits the events of one job.
using job_actor = caf::typed_actor<caf::reacts_to<job_loaded>,       //
                                   caf::reacts_to<pending_read>,     //
                                   caf::reacts_to<offer_events>,     //
                                   caf::reacts_to<look_again>,       //
                                   caf::reacts_to<take_turn>,        //
                                   caf::reacts_to<job_committed>,    //
                                   caf::reacts_to<passivate_job>,    //
                                   caf::reacts_to<stop_job>,         //
                                   caf::reacts_to<tick_retry>,       //
                                   caf::reacts_to<tick_held>,        //
                                   caf::reacts_to<handler_answered>, //
                                   caf::reacts_to<tick_gap>,         //
                                   caf::reacts_to<tick_commit>>;

/// The BROADCASTER tells committed frames to who joined the job.
using broadcaster_actor = caf::typed_actor<caf::reacts_to<frames_committed>, //
                                           caf::reacts_to<await_events>,     //
                                           caf::reacts_to<join_job>,         //
                                           caf::reacts_to<leave_job>,        //
                                           caf::reacts_to<tick_deadline>>;

/// A SUBSCRIBER serves the subscriptions of one connection.
using subscriber_actor = caf::typed_actor<caf::reacts_to<client_subscribe>,   //
                                          caf::reacts_to<client_unsubscribe>, //
                                          caf::reacts_to<client_acknowledge>, //
                                          caf::reacts_to<client_writable>,    //
                                          caf::reacts_to<client_gone>,        //
                                          caf::reacts_to<job_joined>,         //
                                          caf::reacts_to<stream_read>,        //
                                          caf::reacts_to<live_frames>>;

/// The DEAD LETTER actor counts, and changes single letters and parked jobs.
using dead_letter_actor = caf::typed_actor<caf::reacts_to<letters_committed>, //
                                           caf::reacts_to<job_mode_changed>,  //
                                           caf::reacts_to<letter_discarded>,  //
                                           caf::reacts_to<job_committed>,     //
                                           caf::reacts_to<ask_node>>;

/// OPERATIONS changes many letters, at a pace.
using operations_actor = caf::typed_actor<caf::reacts_to<ask_node>,         //
                                          caf::reacts_to<letter_discarded>, //
                                          caf::reacts_to<letter_handled>,   //
                                          caf::reacts_to<tick_operation>,   //
                                          caf::reacts_to<tick_letter>>;

/// The INSPECTOR answers operators from what actors publish.
using inspector_actor = caf::typed_actor<caf::reacts_to<ask_node>>;

/// RETENTION has the store drop old history.
using retention_actor = caf::typed_actor<caf::reacts_to<tick_sweep>>;

/// The VERIFIER has the store compare all it holds.
using verifier_actor = caf::typed_actor<caf::reacts_to<begin_verification>>;

/// BACKUP has the store copy itself.
using backup_actor = caf::typed_actor<caf::reacts_to<begin_backup>>;

/// The TIMER fires what is due.
using timer_actor = caf::typed_actor<caf::reacts_to<timers_set>,   //
                                     caf::reacts_to<timers_fired>, //
                                     caf::reacts_to<tick_timers>>;

/// The NODE SUPERVISOR is the root.
using node_supervisor_actor = caf::typed_actor<caf::reacts_to<adopt_client>, //
                                               caf::reacts_to<store_failed>, //
                                               caf::reacts_to<drain_node>,   //
                                               caf::reacts_to<tick_restart>, //
                                               caf::reacts_to<tick_sweep>>;

} // namespace weir::actors
