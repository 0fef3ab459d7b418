// SPDX-License-Identifier: Apache-2.0
// The table of error tags.
#include "host/base/error_registry.hpp"

#include <algorithm>
#include <array>

namespace tento::host {
namespace {

constexpr auto kinds = std::to_array<ErrorKind>({
    // clang-format off
    {"ambiguous_account", ErrorClass::config, 409, 1,
     "The key names no account, and the user has several that it could mean.", "Name one of the accounts in the key."},
    {"auth_required", ErrorClass::auth, 424, 3,
     "The account at the provider has to be connected again.", "Connect the account again."},
    {"backup_damaged", ErrorClass::config, 502, 1,
     "The backup that was made does not pass its own check.",
     "Check the disk and make the backup again; the store itself may be damaged."},
    {"backup_exists", ErrorClass::config, 409, 1,
     "There is a file of that name already.", "Name a new file, or allow that it is overwritten."},
    {"backup_target", ErrorClass::config, 400, 1,
     "The backup cannot be written where it should be.",
     "Name a file in a folder that exists and is writable, outside the data folder."},
    {"bad_cell", ErrorClass::provider, 502, 1,
     "A provider gave a cell that cannot be stored.", "Tell the provider's author."},
    {"bad_client", ErrorClass::config, 400, 1,
     "The service does not accept this host as its OAuth client.",
     "Check client_id and the client's secret, and what is registered at the service."},
    {"bad_client_secret", ErrorClass::config, 400, 78,
     "The file with the OAuth client's secret cannot be read.",
     "Write the secret into the file, readable by the host's user alone."},
    {"bad_coverage", ErrorClass::internal, 400, 1,
     "A span of dates that should be recorded ends before it begins.", "Tell the provider's author."},
    {"bad_cursor", ErrorClass::config, 400, 1,
     "The cursor was not given by this host.", "Use the cursor of the last answer, unchanged."},
    {"bad_discovery", ErrorClass::config, 400, 1,
     "The OAuth metadata of the service is missing, or does not name what is needed.",
     "Check the issuer, or configure the addresses of the service."},
    {"bad_encoding", ErrorClass::provider, 502, 1,
     "A service sent a body in a coding that cannot be read.",
     "Try again later; if it stays, tell the provider's author."},
    {"bad_endpoint", ErrorClass::config, 400, 1,
     "An address that is configured for a provider is not usable.",
     "Correct the provider's endpoints in the configuration."},
    {"bad_interface", ErrorClass::config, 400, 78,
     "An interface cannot be registered with this host.", "Correct what registers it."},
    {"bad_link_header", ErrorClass::provider, 502, 1,
     "A service sent a Link header that cannot be read.", "Tell the provider's author."},
    {"bad_name", ErrorClass::config, 400, 1,
     "The name is not one that a user can have.", "Choose a name of the form that the detail gives."},
    {"bad_origin", ErrorClass::config, 400, 1,
     "An origin that a provider declares is not valid.", "Tell the provider's author."},
    {"bad_request", ErrorClass::internal, 400, 1,
     "The request is malformed.",
     "Send what the documentation describes; if the detail names a provider, tell its author."},
    {"bad_response", ErrorClass::provider, 502, 1,
     "A service sent something that is not an HTTP response.",
     "Try again later; if it stays, check the address of the service."},
    {"bad_token", ErrorClass::auth, 401, 3,
     "The text is not a token of this host.", "Use a token as it was shown when it was made, or make another one."},
    {"bad_token_answer", ErrorClass::provider, 502, 1,
     "The token endpoint of a service answered with something that is not usable.",
     "Try again later; if it stays, check the addresses of the service."},
    {"bad_url", ErrorClass::config, 502, 1,
     "A URL is not valid.", "Correct the URL; if a service sent it, tell the provider's author."},
    {"bad_version", ErrorClass::config, 400, 1,
     "The version of a cell is not written as a version.", "Use the version as the cell was read with it."},
    {"bad_window", ErrorClass::internal, 502, 1,
     "A provider gave a range of dates for a stage that is not valid.", "Tell the provider's author."},
    {"body_begun", ErrorClass::internal, 400, 1,
     "A provider asked for all of a response of which it had read a part.", "Tell the provider's author."},
    {"body_too_large", ErrorClass::provider, 413, 1,
     "A service sent more than a response may have.", "Tell the provider's author."},
    {"boot_check", ErrorClass::config, 503, 78,
     "A provider needs an interface that this host does not have, so the host does not start.",
     "Remove the files that are named, or set on_missing_deps = \"quarantine\" to start without them."},
    {"budget_used_up", ErrorClass::rate_limit, 429, 4,
     "The request budget of a provider is used up.", "Try again after the time that is given."},
    {"busy", ErrorClass::transient, 503, 1,
     "Too many requests wait already.", "Try again in a moment."},
    {"cell_damaged", ErrorClass::config, 502, 1,
     "A stored cell is not as it was written.", "Sync the row again, or restore a backup."},
    {"certificate_invalid", ErrorClass::config, 502, 1,
     "A service showed a certificate that is not trusted.",
     "Check the address of the service, the clock, and http.ca_file."},
    {"config", ErrorClass::config, 400, 78,
     "The configuration, or what it names, cannot be used.", "Correct what the detail names."},
    {"conflict", ErrorClass::config, 409, 1,
     "Something else is in the way.", "The detail says what."},
    {"connect_failed", ErrorClass::transient, 503, 1,
     "A service could not be reached.", "Check the network and try again."},
    {"connection_lost", ErrorClass::transient, 503, 1,
     "The connection to a service broke.", "Try again."},
    {"credential_damaged", ErrorClass::config, 502, 1,
     "What is stored as an account's tokens cannot be read.", "Connect the account again."},
    {"cursor_expired", ErrorClass::config, 410, 1,
     "Deletions behind this cursor are no longer known.", "Read the rows again, and go on from the newest cursor."},
    {"day_invalid", ErrorClass::provider, 502, 1,
     "A service sent a day that is not valid.", "Tell the provider's author."},
    {"deadline", ErrorClass::transient, 503, 1,
     "A service did not answer within the time that a request may take.", "Try again."},
    {"deadline_exceeded", ErrorClass::transient, 504, 1,
     "A provider did not finish in time.", "Try again; if it stays, look at the state of the provider."},
    {"dep_in_sink", ErrorClass::internal, 500, 1,
     "A provider called the host in a place where it may not.", "Tell the provider's author."},
    {"exception", ErrorClass::internal, 502, 1,
     "A provider failed with a C++ exception.", "Tell the provider's author."},
    {"expired_token", ErrorClass::auth, 424, 3,
     "The code that was shown was not entered in time.", "Connect the account again."},
    {"fenced", ErrorClass::transient, 409, 1,
     "Another worker has taken the job over, or it has ended; nothing was written for it.",
     "Look at the latest run of the row."},
    {"forbidden", ErrorClass::config, 403, 1,
     "The caller may not do that.", "Use a token with the scope that the detail names."},
    {"foreign_origin", ErrorClass::config, 403, 1,
     "A web page of another site sent the request.",
     "Add the site to server.cors_origins if its pages may use this server."},
    {"given_up", ErrorClass::transient, 503, 1,
     "Nobody waited for the work any more, so it was stopped.", "Start it again."},
    {"guard_failed", ErrorClass::config, 403, 1,
     "The row is guarded, and the guard does not hold for this caller.", "Use a token for which it holds."},
    {"head_too_large", ErrorClass::provider, 502, 1,
     "A service sent a response head that is too large.", "Tell the provider's author."},
    {"header_too_large", ErrorClass::config, 431, 1,
     "The request line and the header fields are too large.", "Send less."},
    {"held_back", ErrorClass::rate_limit, 429, 4,
     "A service refused requests before, so none are sent for a while.", "Try again after the time that is given."},
    {"host_admin", ErrorClass::config, 403, 1,
     "Only the administrator of the host may do that.", "Use the command line, or an admin token of the first user."},
    {"host_gone", ErrorClass::transient, 503, 1,
     "The host ended before its answer was complete.", "Start the host and try again."},
    {"host_silent", ErrorClass::transient, 503, 1,
     "A host runs over the data folder and does not answer.", "Let it go on, or end it, and try again."},
    {"idempotency_busy", ErrorClass::config, 409, 1,
     "The first request with this idempotency key is still under way.", "Send the request again later."},
    {"idempotency_key_reused", ErrorClass::config, 409, 1,
     "The idempotency key was used for another request.", "Use a fresh key for each write."},
    {"idempotency_unknown", ErrorClass::config, 409, 1,
     "The host ended in the middle of this write, so its outcome is not known.",
     "Read the row, then decide, with a fresh key."},
    {"insecure_endpoint", ErrorClass::config, 403, 1,
     "A credential would be sent over an unencrypted connection.",
     "Use an https address, or allow it for this provider in the configuration."},
    {"insecure_redirect", ErrorClass::provider, 502, 1,
     "A service redirects from https to http.", "Check the address of the service."},
    {"interrupted", ErrorClass::config, 503, 130,
     "The work was interrupted before its end.", "Start it again."},
    {"invalid_argument", ErrorClass::config, 400, 1,
     "A value is not accepted.", "Correct what the detail names."},
    {"invalid_batch", ErrorClass::provider, 502, 1,
     "A provider gave cells that break the contract.", "Tell the provider's author."},
    {"invalid_cell", ErrorClass::provider, 502, 1,
     "A provider gave a cell that breaks the contract.", "Tell the provider's author."},
    {"invalid_client", ErrorClass::config, 400, 1,
     "The service does not know this OAuth client, or its secret is wrong.",
     "Check client_id and the client's secret, and what is registered at the service."},
    {"invalid_commit", ErrorClass::provider, 502, 1,
     "A provider committed coverage or cursors that break the contract.", "Tell the provider's author."},
    {"invalid_data", ErrorClass::provider, 502, 1,
     "A service or a provider sent something that is not usable.",
     "Try again later; if it stays, tell the provider's author."},
    {"invalid_date", ErrorClass::provider, 502, 1,
     "A service sent a date that does not exist.", "Tell the provider's author."},
    {"invalid_discovery", ErrorClass::internal, 502, 1,
     "A provider's list of rows breaks the contract.", "Tell the provider's author."},
    {"invalid_grant", ErrorClass::auth, 424, 3,
     "The service no longer accepts the account's credential.", "Connect the account again."},
    {"invalid_key", ErrorClass::config, 400, 2,
     "The text is not a row key.", "Keys look like :~provider:account:row."},
    {"invalid_order", ErrorClass::provider, 502, 1,
     "A provider gave cells in the wrong order.", "Tell the provider's author."},
    {"invalid_pattern", ErrorClass::internal, 400, 1,
     "A pattern of a provider is not valid.", "Tell the provider's author."},
    {"invalid_semantic_time", ErrorClass::internal, 502, 1,
     "A date or time that was stored or computed is not valid.", "Tell the provider's author."},
    {"invalid_text", ErrorClass::internal, 502, 1,
     "A provider gave a text that is too long or not valid UTF-8.", "Tell the provider's author."},
    {"invalid_time", ErrorClass::provider, 502, 1,
     "A service sent a date or time that is not valid.", "Tell the provider's author."},
    {"invalid_type", ErrorClass::provider, 502, 1,
     "A service sent a date of a form that is not known.", "Tell the provider's author."},
    {"io", ErrorClass::transient, 503, 1,
     "Something could not be read or written.", "Try again; the detail says what failed."},
    {"key_prefix", ErrorClass::config, 403, 1,
     "The token is limited to other rows.", "Use a token whose prefixes include the row."},
    {"key_too_large", ErrorClass::config, 413, 1,
     "The row key is longer than a key may be.", "Use a shorter key."},
    {"last_user", ErrorClass::config, 409, 1,
     "The last user of a host cannot be removed.", "Add another user first."},
    {"method_not_allowed", ErrorClass::config, 405, 1,
     "The path does not have this method.", "The header Allow names the methods it has."},
    {"missing_interface", ErrorClass::config, 404, 78,
     "A provider needs an interface that this host does not have.",
     "Remove the provider, or use a host that has the interface."},
    {"month_invalid", ErrorClass::provider, 502, 1,
     "A service sent a month that is not valid.", "Tell the provider's author."},
    {"name_taken", ErrorClass::config, 409, 1,
     "There is a user of that name already.", "Choose another name."},
    {"no_account", ErrorClass::config, 404, 1,
     "No account of that name is connected.", "Connect it first."},
    {"no_client", ErrorClass::config, 422, 1,
     "The account type cannot do that.", "Use a row of another account type."},
    {"no_http", ErrorClass::config, 422, 1,
     "This host lets providers send no HTTP requests.", "Use a host that has tento.http/1."},
    {"no_match", ErrorClass::config, 404, 1,
     "The key does not fit any row of the provider.", "Look at the provider's patterns."},
    {"no_month", ErrorClass::provider, 502, 1,
     "A service sent a date without a month.", "Tell the provider's author."},
    {"no_oauth_client", ErrorClass::config, 400, 78,
     "The provider needs an OAuth client, and none is configured.",
     "Register one at the service, and configure its client_id and secret."},
    {"no_openssl", ErrorClass::internal, 500, 1,
     "The cryptography library failed.", "Check the installation of OpenSSL 3."},
    {"no_route", ErrorClass::config, 404, 1,
     "No loaded provider has a row of that key.", "Look at the list of rows for the patterns there are."},
    {"no_sha256", ErrorClass::internal, 500, 1,
     "A digest could not be computed.", "Check the installation of OpenSSL 3."},
    {"no_such_account", ErrorClass::config, 404, 1,
     "There is no such account.", "Look at the list of accounts."},
    {"no_such_cell", ErrorClass::config, 404, 1,
     "The row has no such cell.", "Read the row for the cells it has."},
    {"no_such_grant", ErrorClass::config, 404, 1,
     "There is no such grant.", "Look at the list of grants."},
    {"no_such_idempotency_key", ErrorClass::internal, 409, 1,
     "The idempotency key of a write is no longer in the store.", "Send the request again."},
    {"no_such_job", ErrorClass::internal, 404, 1,
     "The job is not in the store.", "Report this defect of the host."},
    {"no_such_path", ErrorClass::config, 404, 1,
     "The server has no such path.", "/openapi.json lists all of them."},
    {"no_such_row", ErrorClass::internal, 404, 1,
     "The row is not in the store.", "Read it by its key once."},
    {"no_such_run", ErrorClass::config, 404, 1,
     "There is no such run.", "Look at the list of runs."},
    {"no_such_stage", ErrorClass::config, 400, 2,
     "The row has no such stage.", "Use one of the stages that the detail names."},
    {"no_such_token", ErrorClass::config, 404, 1,
     "There is no such token.", "Look at the list of tokens."},
    {"no_such_user", ErrorClass::config, 404, 1,
     "There is no such user.", "Look at the list of users."},
    {"no_sync", ErrorClass::internal, 422, 1,
     "The provider has no way to sync the row.", "Tell the provider's author."},
    {"no_system_writes", ErrorClass::config, 422, 1,
     "The provider does not allow writes on behalf of the system.", "Write as the user."},
    {"no_token", ErrorClass::auth, 401, 3,
     "The request carries no token.", "Send a token of this host."},
    {"not_acceptable", ErrorClass::config, 406, 1,
     "The answer is not available in any of the wanted types.", "Use one of the types that the detail names."},
    {"not_found", ErrorClass::config, 404, 1,
     "What was asked for is not there, or not for this caller.", "Look at the list that it would be in."},
    {"not_synced", ErrorClass::config, 422, 1,
     "The row is computed when it is read, so there is nothing to sync.", "Read the row."},
    {"oauth_bad_id_token", ErrorClass::auth, 400, 3,
     "The service sent an identity token that is not usable.",
     "Connect the account again; if it stays, tell the provider's author."},
    {"oauth_bad_query", ErrorClass::auth, 400, 3,
     "The address that the browser was sent to is not valid.", "Connect the account again."},
    {"oauth_code_missing", ErrorClass::auth, 400, 3,
     "The service sent no authorization code.", "Connect the account again."},
    {"oauth_code_refused", ErrorClass::auth, 400, 3,
     "The service did not accept its own authorization code.", "Connect the account again."},
    {"oauth_denied", ErrorClass::auth, 403, 3,
     "Access was denied at the service.", "Connect again, and agree there."},
    {"oauth_link_invalid", ErrorClass::auth, 400, 3,
     "The link was used already, or is too old.", "Connect the account again."},
    {"oauth_not_finished", ErrorClass::auth, 424, 3,
     "The connection was not finished in the browser in time.", "Connect the account again."},
    {"oauth_other_account", ErrorClass::auth, 409, 3,
     "Another account was chosen at the service than the one that is connected again.",
     "Connect again, and choose the same account, or connect the other one as a new account."},
    {"oauth_other_browser", ErrorClass::auth, 400, 3,
     "The answer came in another browser than the one that was sent to the service.", "Connect again, in one browser."},
    {"oauth_refused", ErrorClass::auth, 400, 3,
     "The service refused to connect the account.", "The detail says why; connect again."},
    {"oauth_state_missing", ErrorClass::auth, 400, 3,
     "The service sent its answer without the state that belongs to it.", "Connect the account again."},
    {"oauth_state_unknown", ErrorClass::auth, 400, 3,
     "The connection that this answer belongs to is not known, or has ended.", "Connect the account again."},
    {"oauth_wrong_issuer", ErrorClass::auth, 400, 3,
     "The answer came from another service than the one that was asked.",
     "Connect again; if it stays, check the provider's addresses."},
    {"page_repeats", ErrorClass::provider, 502, 1,
     "A service gives the same page of a list again and again.",
     "Try again later; if it stays, tell the provider's author."},
    {"partial", ErrorClass::config, 502, 5,
     "A part of the work failed; the rest is done.", "The detail names the first thing that failed."},
    {"path_not_allowed", ErrorClass::config, 403, 1,
     "Only some folders of the host's disk may be connected by its users.",
     "Ask who runs the host to name the folder in accounts.path_roots."},
    {"precondition_failed", ErrorClass::config, 412, 1,
     "The cell has changed since it was read.", "Read it again, then decide."},
    {"provider_refused", ErrorClass::config, 500, 1,
     "The loader refused at least one provider.", "The list says why, and what to do."},
    {"proxy_failed", ErrorClass::config, 502, 1,
     "The proxy could not be used.", "Check the proxy and its address."},
    {"quarantined", ErrorClass::internal, 503, 1,
     "The provider is set aside, since calls of it never ended.",
     "Restart the host; if it stays, tell the provider's author."},
    {"rate_limited", ErrorClass::rate_limit, 429, 4,
     "The service wants fewer requests.", "Try again after the time that is given."},
    {"redirected_past_endpoint", ErrorClass::config, 403, 1,
     "A service redirects to an address outside the configured endpoint.",
     "Correct the provider's endpoint in the configuration."},
    {"redirects_credential", ErrorClass::config, 403, 1,
     "A service redirects a request that carries a credential to another origin.",
     "Tell the provider's author, or correct the endpoint."},
    {"refresh_failed", ErrorClass::transient, 502, 1,
     "The account's credential could not be refreshed a moment ago.", "Try again after the time that is given."},
    {"refresh_refused", ErrorClass::transient, 502, 1,
     "The service refused to refresh the account's credential; it is asked once more.",
     "Try again after the time that is given."},
    {"refused_write", ErrorClass::internal, 502, 1,
     "A provider reported success although a write was refused.", "Tell the provider's author."},
    {"request_failed", ErrorClass::internal, 500, 1,
     "The host could not answer a request: it had no memory for it, or made a mistake.",
     "Try again; if it stays, look at the host's log."},
    {"resolve_failed", ErrorClass::transient, 503, 1,
     "The name of a service could not be resolved.", "Check the network and the name."},
    {"scope", ErrorClass::config, 403, 1,
     "The token may not do that.", "Use a token with the scope that the detail names."},
    {"secret_sealed", ErrorClass::internal, 409, 1,
     "The secret is sealed, and cannot be read without the vault.", "Report this defect of the host."},
    {"secret_too_large", ErrorClass::config, 413, 1,
     "The secret is larger than one that a service gives.", "Give the secret itself."},
    {"service_down", ErrorClass::transient, 503, 1,
     "What was asked for the account failed again and again, so its syncs are left alone for a while.",
     "Look at its latest runs. It is tried again by itself; `row sync` tries it at once."},
    {"short_interface", ErrorClass::config, 404, 78,
     "An interface of this host is older than a provider needs.", "Use a newer host."},
    {"shutting_down", ErrorClass::transient, 503, 1,
     "The host is ending.", "Try again when it runs again."},
    {"stage_before_failed", ErrorClass::transient, 500, 1,
     "A stage did not run, since one that it waits for failed.", "Sync again."},
    {"stopped_unasked", ErrorClass::internal, 500, 1,
     "A provider stopped although nobody had asked it to.", "Tell the provider's author."},
    {"store_busy", ErrorClass::transient, 409, 1,
     "Another process uses the store.", "End the other process, or try again."},
    {"store_corrupt", ErrorClass::config, 502, 1,
     "The store is damaged.", "Keep a copy, and restore a backup."},
    {"store_disk_full", ErrorClass::config, 503, 1,
     "The disk is full.", "Free space on it."},
    {"store_foreign", ErrorClass::config, 502, 1,
     "The file is not a store of this program.", "Choose another data folder."},
    {"store_incomplete", ErrorClass::config, 409, 1,
     "A part of the store's files is missing.", "Put the missing file back, or restore a backup."},
    {"store_internal", ErrorClass::internal, 500, 1,
     "The store failed in a way that it should not.", "Report this defect of the host."},
    {"store_io", ErrorClass::config, 503, 1,
     "The store's files cannot be read or written.", "Check the disk and the path."},
    {"store_locked", ErrorClass::transient, 503, 1,
     "Another process has the store open.", "End the other process, or wait until it ends."},
    {"store_log_mismatch", ErrorClass::config, 409, 1,
     "The store's log does not belong to its file.", "Put the right log back, or restore a backup."},
    {"store_log_unread", ErrorClass::config, 503, 1,
     "The store's log cannot be read in a folder that cannot be written.", "Copy the folder to where it can be written."},
    {"store_memory", ErrorClass::transient, 503, 1,
     "There was not enough memory for the store.", "Free memory and try again."},
    {"store_missing", ErrorClass::config, 404, 1,
     "The store was there before, and is not there now.", "Put it back, or restore a backup."},
    {"store_newer", ErrorClass::config, 422, 1,
     "The store was written by a newer version of this program.", "Use that version or a newer one."},
    {"store_none", ErrorClass::config, 404, 1,
     "There is no store in the data folder.", "Name the folder that has it."},
    {"store_permission", ErrorClass::config, 503, 1,
     "The store's files may not be opened.", "Give the host's user the right to read and write them."},
    {"store_read_only", ErrorClass::internal, 403, 1,
     "The store is open for reading alone.", "Open it for writing."},
    {"store_read_only_mount", ErrorClass::config, 503, 1,
     "The store is on a file system that is mounted read-only.", "Mount it for writing."},
    {"store_too_large", ErrorClass::provider, 413, 1,
     "A value is larger than the store can hold.", "Send smaller cells."},
    {"store_unknown", ErrorClass::transient, 503, 1,
     "The store failed while it wrote, and cannot tell whether the write landed.",
     "Send the same again: it lands once."},
    {"sync_deadline", ErrorClass::transient, 502, 1,
     "A stage did not end in time and was stopped; what it had committed is kept.", "Sync again."},
    {"sync_ends_host", ErrorClass::provider, 500, 1,
     "The host ended several times in a row while a stage ran.", "Sync the row again, or tell the provider's author."},
    {"timeout", ErrorClass::transient, 503, 1,
     "A service did not answer in time.", "Try again."},
    {"tls_failed", ErrorClass::transient, 503, 1,
     "No encrypted connection to a service could be made.", "Check the address of the service, and try again."},
    {"token_expired", ErrorClass::auth, 401, 3,
     "The token has expired.", "Make another one."},
    {"token_revoked", ErrorClass::auth, 401, 3,
     "The token was revoked.", "Make another one."},
    {"too_large", ErrorClass::config, 413, 1,
     "What was sent is larger than the limit.", "Send less."},
    {"too_many_jobs", ErrorClass::rate_limit, 429, 4,
     "As many sync jobs wait as may.", "Wait until some of them have ended, or cancel some."},
    {"too_many_pages", ErrorClass::provider, 502, 1,
     "A service gives a list that never ends.", "Tell the provider's author."},
    {"too_many_redirects", ErrorClass::provider, 502, 1,
     "A service redirects again and again.", "Check the address of the service."},
    {"too_many_streams", ErrorClass::rate_limit, 429, 4,
     "Too many long answers are being read.", "Read them to their end, or try again after the time that is given."},
    {"too_many_waits", ErrorClass::rate_limit, 429, 4,
     "Too many requests wait for something already.", "Ask without waiting, or try again after the time that is given."},
    {"transaction_dropped", ErrorClass::internal, 502, 1,
     "A provider reported success without committing what it wrote.", "Tell the provider's author."},
    {"transaction_open", ErrorClass::internal, 409, 1,
     "A provider began a transaction while another one was open.", "Tell the provider's author."},
    {"unauthorized", ErrorClass::auth, 401, 3,
     "No valid token came with the request.", "Send Authorization: Bearer with a token of this host."},
    {"unknown_body", ErrorClass::internal, 404, 1,
     "A provider read a response that it had not opened, or had closed.", "Tell the provider's author."},
    {"unknown_host", ErrorClass::config, 421, 1,
     "The server does not have this name.", "Use its own address, or configure server.hosts."},
    {"unknown_integration", ErrorClass::internal, 404, 1,
     "The provider does not have this account type.", "Look at the provider's account types."},
    {"unknown_stage", ErrorClass::config, 404, 1,
     "The row has no such stage.", "Use one of the stages that the detail names."},
    {"unknown_status", ErrorClass::internal, 500, 1,
     "A provider answered a call with a status that does not exist.", "Tell the provider's author."},
    {"unknown_time_zone", ErrorClass::config, 400, 1,
     "There is no such time zone.", "Give an IANA name, such as Europe/Berlin."},
    {"unknown_transaction", ErrorClass::internal, 404, 1,
     "A provider used a transaction that it had not begun.", "Tell the provider's author."},
    {"unspecified", ErrorClass::internal, 500, 1,
     "Something failed that has no code of its own.", "The detail says what happened."},
    {"unsupported", ErrorClass::config, 422, 1,
     "The provider cannot do that.", "The detail says what it can do."},
    {"unsupported_media_type", ErrorClass::config, 415, 1,
     "The body is in a form that is not taken here.", "Send it as application/json."},
    {"upstream", ErrorClass::provider, 502, 1,
     "The provider's service failed.", "Try again later; the detail has what it said."},
    {"usage", ErrorClass::config, 400, 2,
     "A parameter is missing, unknown, or not what it must be.",
     "The detail names it; /openapi.json lists all parameters."},
    {"user_in_use", ErrorClass::config, 409, 1,
     "The user still has accounts or rows.", "Disconnect the accounts with their data, or erase the user."},
    {"vault_damaged", ErrorClass::config, 502, 1,
     "A stored secret cannot be opened: it was changed.", "Restore a backup, or connect the account again."},
    {"vault_key_invalid", ErrorClass::config, 502, 78,
     "The vault's key file is not one that this host wrote.", "Put the right key file back."},
    {"vault_key_missing", ErrorClass::config, 502, 78,
     "The vault's key file is not there.", "Put the key file back."},
    {"vault_key_unreadable", ErrorClass::config, 503, 78,
     "The vault's key file cannot be read.", "Give the host's user the right to read it."},
    {"vault_key_unsafe", ErrorClass::config, 502, 78,
     "Other users could read or replace the vault's key file.", "Take the rights of others away."},
    {"vault_key_wrong", ErrorClass::config, 502, 78,
     "The key file does not have the key that a stored secret was sealed with.", "Put the right key file back."},
    {"verb_unsupported", ErrorClass::config, 405, 1,
     "The row does not have this verb.", "The detail names the verbs it has."},
    {"week_invalid", ErrorClass::provider, 502, 1,
     "A service sent a week that is not valid.", "Tell the provider's author."},
    {"wrong_lookup_key", ErrorClass::internal, 400, 1,
     "A provider was called with a key of another row.", "Report this defect of the host."},
    {"year_invalid", ErrorClass::provider, 502, 1,
     "A service sent a year that is not valid.", "Tell the provider's author."},
    // clang-format on
});

constexpr bool in_order() {
  for (std::size_t i = 1; i < kinds.size(); ++i)
    if (!(kinds[i - 1].tag < kinds[i].tag)) return false;
  return true;
}
static_assert(in_order(), "each tag once, sorted");

constexpr int exit_failed = 1, exit_auth = 3, exit_rate_limit = 4;

}  // namespace

std::span<const ErrorKind> error_registry() {
  return kinds;
}

const ErrorKind* find_error_kind(std::string_view tag) {
  const auto* const found = std::lower_bound(kinds.begin(), kinds.end(), tag,
                                             [](const ErrorKind& kind, std::string_view t) { return kind.tag < t; });
  return found != kinds.end() && found->tag == tag ? &*found : nullptr;
}

unsigned http_status_of(const Error& error) {
  if (const auto* kind = find_error_kind(error.tag)) return kind->http_status;
  // A value that a provider does not accept is no mistake in the form of the request.
  if (error.code == ErrorCode::invalid_argument && error.error_class == ErrorClass::provider) return 422;
  if (error.code == ErrorCode::unspecified && error.error_class == ErrorClass::transient) return 503;
  const auto* kind = find_error_kind(code_name(error.code));
  return kind != nullptr ? kind->http_status : 500;
}

int exit_code_of(const Error& error) {
  const auto* kind = find_error_kind(error.tag);
  if (kind == nullptr) kind = find_error_kind(code_name(error.code));
  if (kind != nullptr && kind->exit_code != exit_failed) return kind->exit_code;
  // What stands for another error, such as a stage that did not run since one before it failed, has that one's class.
  if (error.error_class == ErrorClass::auth) return exit_auth;
  if (error.error_class == ErrorClass::rate_limit) return exit_rate_limit;
  return exit_failed;
}

std::string_view code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::unspecified:
      return "unspecified";
    case ErrorCode::invalid_argument:
      return "invalid_argument";
    case ErrorCode::forbidden:
      return "forbidden";
    case ErrorCode::not_found:
      return "not_found";
    case ErrorCode::unsupported:
      return "unsupported";
    case ErrorCode::conflict:
      return "conflict";
    case ErrorCode::too_large:
      return "too_large";
    case ErrorCode::invalid_data:
      return "invalid_data";
    case ErrorCode::auth_required:
      return "auth_required";
    case ErrorCode::rate_limited:
      return "rate_limited";
    case ErrorCode::upstream:
      return "upstream";
    case ErrorCode::io:
      return "io";
    case ErrorCode::exception:
      return "exception";
  }
  return "unspecified";
}

std::string_view class_name(ErrorClass error_class) {
  switch (error_class) {
    case ErrorClass::internal:
      return "internal";
    case ErrorClass::config:
      return "config";
    case ErrorClass::auth:
      return "auth";
    case ErrorClass::rate_limit:
      return "rate_limit";
    case ErrorClass::transient:
      return "transient";
    case ErrorClass::provider:
      return "provider";
  }
  return "internal";
}

std::string_view tag_or_code(const Error& error) {
  return error.tag.empty() ? code_name(error.code) : std::string_view(error.tag);
}

}  // namespace tento::host
