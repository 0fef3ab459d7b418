// SPDX-License-Identifier: Apache-2.0
// The schema, version by version, and how a file gets there.
#include "host/store/sqlite/schema.hpp"

#include <spdlog/fmt/fmt.h>

#include <array>

#include "host/store/sqlite/errors.hpp"

namespace tento::host::sqlite {

namespace {

// Marks the file as a store of ours: `file` and SQLite's tools show it.
constexpr std::int64_t application_id = 0x54456e74;  // "TEnt"

// Owners are named by uuid everywhere except below `rows`, whose short integer key `n` keeps cells small: a cell's
// owner is its row's.
//
// `commits` holds what a commit's cells have in common, once: cells name it by change_seq. The latest
// one is never erased, so that no number is given twice; each commit touches one page of it.
//
// `cells` is clustered by date: a range is one sweep over neighbouring pages, and a sync writes at its end. The end
// sorts downwards, since the reading order is start, longer first, id. `ident` is the cell's id, or 0x00 and its date
// when it has none (see cell_codec.hpp); the unique index makes a moved cell one change. What was deleted lives in
// `tombstones`, so that readers of cells never step over it.
constexpr const char* version_1 = R"sql(
CREATE TABLE owners(
  id BLOB PRIMARY KEY NOT NULL,
  name TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  created_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE accounts(
  owner BLOB NOT NULL REFERENCES owners(id),
  provider TEXT NOT NULL,
  auth_id TEXT NOT NULL,
  integration TEXT NOT NULL,
  kind TEXT NOT NULL,
  label TEXT NOT NULL,
  scopes TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  settings TEXT NOT NULL,
  state INTEGER NOT NULL,
  created_us INTEGER NOT NULL,
  expires_us INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  PRIMARY KEY(owner, provider, auth_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE credentials(
  owner BLOB NOT NULL,
  provider TEXT NOT NULL,
  auth_id TEXT NOT NULL,
  secret BLOB NOT NULL,
  key_id TEXT NOT NULL,
  PRIMARY KEY(owner, provider, auth_id),
  FOREIGN KEY(owner, provider, auth_id) REFERENCES accounts(owner, provider, auth_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE rows(
  n INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  owner BLOB NOT NULL REFERENCES owners(id),
  provider TEXT NOT NULL,
  integration TEXT NOT NULL,
  pattern TEXT NOT NULL,
  lookup_key TEXT NOT NULL,
  auth_id TEXT NOT NULL,
  label TEXT NOT NULL,
  attributes TEXT NOT NULL,
  hidden INTEGER NOT NULL,
  created_us INTEGER NOT NULL,
  longest_us INTEGER NOT NULL DEFAULT 0,
  UNIQUE(owner, lookup_key)
) STRICT;

CREATE TABLE commits(
  seq INTEGER PRIMARY KEY,
  row INTEGER NOT NULL,
  run INTEGER NOT NULL,
  at_us INTEGER NOT NULL,
  data_version INTEGER NOT NULL,
  provider_version TEXT NOT NULL,
  added INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  deleted INTEGER NOT NULL
) STRICT;

CREATE TABLE cells(
  row INTEGER NOT NULL,
  start_us INTEGER NOT NULL,
  end_us INTEGER NOT NULL,
  ident BLOB NOT NULL,
  date INTEGER NOT NULL,
  end_date INTEGER NOT NULL,
  change_seq INTEGER NOT NULL,
  hash BLOB NOT NULL,
  version BLOB NOT NULL,
  data TEXT NOT NULL,
  PRIMARY KEY(row, start_us, end_us DESC, ident)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX cells_identity ON cells(row, ident);

CREATE TABLE tombstones(
  row INTEGER NOT NULL,
  ident BLOB NOT NULL,
  date INTEGER NOT NULL,
  start_us INTEGER NOT NULL,
  change_seq INTEGER NOT NULL,
  PRIMARY KEY(row, ident)
) STRICT, WITHOUT ROWID;
CREATE INDEX tombstones_by_change ON tombstones(change_seq);

CREATE TABLE raws(
  row INTEGER NOT NULL,
  ident BLOB NOT NULL,
  raw BLOB NOT NULL,
  PRIMARY KEY(row, ident)
) STRICT, WITHOUT ROWID;

CREATE TABLE coverage(
  row INTEGER NOT NULL REFERENCES rows(n) ON DELETE CASCADE,
  from_us INTEGER NOT NULL,
  to_us INTEGER NOT NULL,
  state INTEGER NOT NULL,
  error_class INTEGER NOT NULL,
  reason TEXT NOT NULL,
  retry_at_us INTEGER NOT NULL,
  asked_us INTEGER NOT NULL,
  PRIMARY KEY(row, from_us)
) STRICT, WITHOUT ROWID;

CREATE TABLE cursors(
  row INTEGER NOT NULL REFERENCES rows(n) ON DELETE CASCADE,
  name TEXT NOT NULL,
  value BLOB NOT NULL,
  PRIMARY KEY(row, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE jobs(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  row INTEGER NOT NULL REFERENCES rows(n) ON DELETE CASCADE,
  stage TEXT NOT NULL,
  dedup_key TEXT NOT NULL UNIQUE,
  lock_key TEXT NOT NULL,
  stage_class INTEGER NOT NULL,
  not_before_us INTEGER NOT NULL,
  created_us INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  running INTEGER NOT NULL
) STRICT;
CREATE INDEX jobs_by_row ON jobs(row);

CREATE TABLE runs(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  job INTEGER NOT NULL,
  row INTEGER NOT NULL REFERENCES rows(n) ON DELETE CASCADE,
  stage TEXT NOT NULL,
  status INTEGER NOT NULL,
  started_us INTEGER NOT NULL,
  ended_us INTEGER NOT NULL,
  done INTEGER NOT NULL,
  total INTEGER NOT NULL,
  added INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  unchanged INTEGER NOT NULL,
  message TEXT NOT NULL,
  error TEXT,
  error_code INTEGER NOT NULL,
  error_class INTEGER NOT NULL,
  error_tag TEXT NOT NULL,
  error_action TEXT NOT NULL,
  retry_after_ms INTEGER NOT NULL,
  http_status INTEGER NOT NULL
) STRICT;
CREATE INDEX runs_by_row ON runs(row, id);
CREATE INDEX runs_running ON runs(id) WHERE status = 0;
)sql";

// What a reader of changes needs: the index walks cells in commit order and, inside a commit, in reading order;
// `created_seq` (0 = before there was one) tells new cells from changed ones; rows that went are told, too.
// `dropped_seq` in `meta` is the newest deletion that was forgotten: cursors before it are of no use any more.
//
// And access: tokens are found by the hash of their text, which is nowhere. `process` of an idempotency key tells one
// that is at work from one that a killed process left.
constexpr const char* version_2 = R"sql(
ALTER TABLE cells ADD COLUMN created_seq INTEGER NOT NULL DEFAULT 0;
CREATE INDEX cells_by_change ON cells(change_seq, row, start_us, end_us DESC, ident);
ALTER TABLE rows ADD COLUMN change_seq INTEGER NOT NULL DEFAULT 0;
UPDATE rows SET change_seq = latest.seq FROM (SELECT row, max(seq) AS seq FROM commits GROUP BY row) AS latest
  WHERE latest.row = rows.n;

CREATE TABLE meta(
  name TEXT PRIMARY KEY NOT NULL,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO meta(name, value) VALUES('dropped_seq', 0);

CREATE TABLE gone_rows(
  seq INTEGER PRIMARY KEY,
  row BLOB NOT NULL,
  owner BLOB NOT NULL,
  lookup_key TEXT NOT NULL,
  at_us INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX owners_by_name ON owners(name);

CREATE TABLE tokens(
  id TEXT PRIMARY KEY NOT NULL,
  owner BLOB NOT NULL REFERENCES owners(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  hash BLOB NOT NULL UNIQUE,
  scopes TEXT NOT NULL,
  created_us INTEGER NOT NULL,
  expires_us INTEGER NOT NULL,
  last_used_us INTEGER NOT NULL,
  revoked_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX tokens_by_owner ON tokens(owner);
CREATE TABLE token_prefixes(
  token TEXT NOT NULL REFERENCES tokens(id) ON DELETE CASCADE,
  prefix TEXT NOT NULL,
  PRIMARY KEY(token, prefix)
) STRICT, WITHOUT ROWID;

CREATE TABLE grants(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  owner BLOB NOT NULL REFERENCES owners(id) ON DELETE CASCADE,
  grantee BLOB NOT NULL REFERENCES owners(id) ON DELETE CASCADE,
  prefix TEXT NOT NULL,
  verbs INTEGER NOT NULL,
  created_us INTEGER NOT NULL,
  UNIQUE(owner, grantee, prefix)
) STRICT;
CREATE INDEX grants_by_grantee ON grants(grantee, owner);

CREATE TABLE audit(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at_us INTEGER NOT NULL,
  owner BLOB NOT NULL,
  actor_kind INTEGER NOT NULL,
  actor TEXT NOT NULL,
  token TEXT NOT NULL,
  operation TEXT NOT NULL,
  target TEXT NOT NULL,
  outcome TEXT NOT NULL
) STRICT;
CREATE INDEX audit_by_owner ON audit(owner, id);

CREATE TABLE idempotency(
  owner BLOB NOT NULL,
  actor TEXT NOT NULL,
  key TEXT NOT NULL,
  request BLOB NOT NULL,
  process BLOB NOT NULL,
  finished INTEGER NOT NULL,
  status INTEGER NOT NULL,
  answer BLOB NOT NULL,
  created_us INTEGER NOT NULL,
  PRIMARY KEY(owner, actor, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_by_age ON idempotency(created_us);
)sql";

// Credentials are sealed above the store. `unwiped` in `meta` = the file may hold secrets in the clear, in use or on
// pages that were freed: it does when a version before this schema wrote it. A row of `refreshes` is about the
// generation that its account has now; it goes when the credential is replaced. `taken_from` is the holder that never
// said how it went.
constexpr const char* version_3 = R"sql(
ALTER TABLE accounts ADD COLUMN refreshed_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN lifetime_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN problem TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN identity TEXT NOT NULL DEFAULT '';
INSERT INTO meta(name, value) SELECT 'unwiped', EXISTS(SELECT 1 FROM owners);

CREATE TABLE refreshes(
  owner BLOB NOT NULL,
  provider TEXT NOT NULL,
  auth_id TEXT NOT NULL,
  holder TEXT NOT NULL,
  taken_from TEXT NOT NULL,
  generation INTEGER NOT NULL,
  begun_us INTEGER NOT NULL,
  until_us INTEGER NOT NULL,
  interrupted INTEGER NOT NULL,
  failures INTEGER NOT NULL,
  retry_at_us INTEGER NOT NULL,
  refused_us INTEGER NOT NULL,
  PRIMARY KEY(owner, provider, auth_id),
  FOREIGN KEY(owner, provider, auth_id) REFERENCES accounts(owner, provider, auth_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE flows(
  state_hash BLOB PRIMARY KEY NOT NULL,
  ticket_hash BLOB NOT NULL,
  browser_hash BLOB NOT NULL,
  owner BLOB NOT NULL REFERENCES owners(id) ON DELETE CASCADE,
  provider TEXT NOT NULL,
  integration TEXT NOT NULL,
  kind TEXT NOT NULL,
  created_us INTEGER NOT NULL,
  sealed BLOB NOT NULL,
  key_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX flows_by_ticket ON flows(ticket_hash) WHERE ticket_hash <> x'';
CREATE INDEX flows_by_owner ON flows(owner);
)sql";

// Records that a provider kept out of what it synced, and what it says of them.
constexpr const char* version_4 = R"sql(
ALTER TABLE runs ADD COLUMN skipped INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN skipped_note TEXT NOT NULL DEFAULT '';
)sql";

// Which log belongs to the file; see mark.hpp.
constexpr const char* version_5 = R"sql(
CREATE TABLE store_mark(
  n INTEGER PRIMARY KEY CHECK(n = 1),
  mark BLOB NOT NULL
) STRICT;
)sql";

// Who has claimed a job: `fence` is the number of the claim while it is held, 0 while nobody holds it; `claims` counts
// them, so that no fence comes twice. A job that ran when the store was last written is one whose lease is over.
constexpr const char* version_6 = R"sql(
ALTER TABLE jobs ADD COLUMN worker TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN fence INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN claims INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN until_us INTEGER NOT NULL DEFAULT 0;
UPDATE jobs SET fence = 1, claims = 1 WHERE running <> 0;
ALTER TABLE jobs DROP COLUMN running;
CREATE INDEX jobs_claimed ON jobs(lock_key) WHERE fence <> 0;
)sql";

// Each user has a feed, which numbers what is committed for them: `latest` is the number given last, `head` that of the
// latest commit in `commits`, `accounts` that of the latest change of an account. Numbers of two users say nothing of
// each other. Here every feed goes on from the number that the whole store had come to, so that no cursor from before
// is ahead of it or falls behind; `unmarked` is that number: up to it a cursor needs no mark.
//
// `mark` is drawn by chance with each commit, so that a cursor of a store that was put back and went on otherwise is
// told from one of this store. A commit stays when its row goes, with row = 0, for the cursors that stand behind it.
//
// Cells and tombstones carry the feed of their row's user, so that one user's feed is one sweep of an index. Few stores
// have more than one user, and the first one's feed is the first: their cells stay as they lie.
//
// `account_changes` has the latest changes of accounts' states, for whoever follows them: null is an account that is
// not there.
//
// `version` of a row is the number of the latest change that a reader of it could see: of cells, coverage, zone,
// account. `access` in `meta` grows with every change of users and tokens.
constexpr const char* version_7 = R"sql(
CREATE TABLE feeds(
  n INTEGER PRIMARY KEY,
  owner BLOB NOT NULL UNIQUE REFERENCES owners(id) ON DELETE CASCADE,
  latest INTEGER NOT NULL DEFAULT 0,
  head INTEGER NOT NULL DEFAULT 0,
  accounts INTEGER NOT NULL DEFAULT 0,
  dropped INTEGER NOT NULL DEFAULT 0,
  unmarked INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO feeds(owner, latest, head, dropped, unmarked)
  SELECT id, newest, newest, (SELECT value FROM meta WHERE name = 'dropped_seq'), newest
  FROM owners, (SELECT coalesce(max(seq), 0) AS newest FROM commits) ORDER BY created_us, id;
DELETE FROM meta WHERE name = 'dropped_seq';
INSERT INTO meta(name, value) VALUES('access', 0);

CREATE TABLE marked_commits(
  feed INTEGER NOT NULL REFERENCES feeds(n) ON DELETE CASCADE,
  seq INTEGER NOT NULL,
  mark INTEGER NOT NULL,
  row INTEGER NOT NULL,
  run INTEGER NOT NULL,
  at_us INTEGER NOT NULL,
  data_version INTEGER NOT NULL,
  provider_version TEXT NOT NULL,
  added INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  PRIMARY KEY(feed, seq)
) STRICT, WITHOUT ROWID;
INSERT INTO marked_commits(feed, seq, mark, row, run, at_us, data_version, provider_version, added, updated, deleted)
  SELECT feeds.n, commits.seq, random(), iif(gone_rows.seq IS NULL, commits.row, 0), run, commits.at_us, data_version,
    provider_version, added, updated, deleted
  FROM commits LEFT JOIN gone_rows ON gone_rows.seq = commits.seq LEFT JOIN rows ON rows.n = commits.row
    JOIN feeds ON feeds.owner = coalesce(gone_rows.owner, rows.owner);
INSERT OR IGNORE INTO marked_commits(feed, seq, mark, row, run, at_us, data_version, provider_version, added, updated,
    deleted)
  SELECT n, head, random(), 0, 0, (SELECT max(at_us) FROM commits), 0, '', 0, 0, 0 FROM feeds WHERE head > 0;
DROP TABLE commits;
ALTER TABLE marked_commits RENAME TO commits;

CREATE TABLE gone_rows_of_feeds(
  feed INTEGER NOT NULL REFERENCES feeds(n) ON DELETE CASCADE,
  seq INTEGER NOT NULL,
  row BLOB NOT NULL,
  lookup_key TEXT NOT NULL,
  at_us INTEGER NOT NULL,
  PRIMARY KEY(feed, seq)
) STRICT, WITHOUT ROWID;
INSERT INTO gone_rows_of_feeds(feed, seq, row, lookup_key, at_us)
  SELECT n, seq, row, lookup_key, at_us FROM gone_rows JOIN feeds USING(owner);
DROP TABLE gone_rows;
ALTER TABLE gone_rows_of_feeds RENAME TO gone_rows;

CREATE TABLE account_changes(
  feed INTEGER NOT NULL REFERENCES feeds(n) ON DELETE CASCADE,
  seq INTEGER NOT NULL,
  provider TEXT NOT NULL,
  integration TEXT NOT NULL,
  auth_id TEXT NOT NULL,
  before INTEGER,
  now INTEGER,
  PRIMARY KEY(feed, seq)
) STRICT, WITHOUT ROWID;

ALTER TABLE rows ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
UPDATE rows SET version = (SELECT latest FROM feeds WHERE feeds.owner = rows.owner);

DROP INDEX cells_by_change;
ALTER TABLE cells ADD COLUMN feed INTEGER NOT NULL DEFAULT 1;
UPDATE cells SET feed = (SELECT feeds.n FROM rows JOIN feeds USING(owner) WHERE rows.n = cells.row)
  WHERE row IN (SELECT rows.n FROM rows JOIN feeds USING(owner) WHERE feeds.n <> 1);
CREATE INDEX cells_by_change ON cells(feed, change_seq, row, start_us, end_us DESC, ident);

DROP INDEX tombstones_by_change;
ALTER TABLE tombstones ADD COLUMN feed INTEGER NOT NULL DEFAULT 1;
UPDATE tombstones SET feed = (SELECT feeds.n FROM rows JOIN feeds USING(owner) WHERE rows.n = tombstones.row)
  WHERE row IN (SELECT rows.n FROM rows JOIN feeds USING(owner) WHERE feeds.n <> 1);
CREATE INDEX tombstones_by_change ON tombstones(feed, change_seq);
)sql";

// Jobs that nobody has claimed, in the order in which they are due.
constexpr const char* version_8 = R"sql(
CREATE INDEX jobs_queued ON jobs(stage_class, not_before_us, id) WHERE fence = 0;
)sql";

// How often in a row the host ended while the job ran and nothing of it had changed anything.
constexpr const char* version_9 = R"sql(
ALTER TABLE jobs ADD COLUMN deaths INTEGER NOT NULL DEFAULT 0;
)sql";

// When a row syncs next without being asked (0 = that is to be judged), what is paused, and how the stages of a row
// ended last. What earlier runs brought is of a data version that is not known.
constexpr const char* version_10 = R"sql(
ALTER TABLE runs ADD COLUMN attempt INTEGER NOT NULL DEFAULT 1;
ALTER TABLE runs ADD COLUMN next_try_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rows ADD COLUMN due_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rows ADD COLUMN paused INTEGER NOT NULL DEFAULT 0;
CREATE INDEX rows_due ON rows(due_us, n);
ALTER TABLE accounts ADD COLUMN paused INTEGER NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN interval_s INTEGER NOT NULL DEFAULT -1;
CREATE TABLE stage_ends(
  row INTEGER NOT NULL REFERENCES rows(n) ON DELETE CASCADE,
  stage TEXT NOT NULL,
  ok_us INTEGER NOT NULL,
  failed_us INTEGER NOT NULL,
  data_version INTEGER NOT NULL,
  PRIMARY KEY(row, stage)
) STRICT, WITHOUT ROWID;
INSERT INTO stage_ends(row, stage, ok_us, failed_us, data_version)
  SELECT row, stage, coalesce(max(ended_us) FILTER (WHERE status IN (1, 2)), 0),
    coalesce(max(ended_us) FILTER (WHERE status = 3), 0), -1
  FROM runs WHERE status IN (1, 2, 3) GROUP BY row, stage;
)sql";

// migrations[i] leads from schema i to i + 1. Never change one that was released: add another.
constexpr std::array migrations = {version_1, version_2, version_3, version_4, version_5,
                                   version_6, version_7, version_8, version_9, version_10};

}  // namespace

int newest_schema() {
  return static_cast<int>(migrations.size());
}

void check_schema(Connection& db) {
  const auto version = db.pragma("PRAGMA user_version");
  if (version > newest_schema()) {
    throw StoreFailure(store_error(
        ErrorCode::unsupported, ErrorClass::config,
        fmt::format(
            "the store {} has schema {}, written by a newer tento; this one knows schemas up to {}. Run the newer "
            "tento, or point this one at another data folder",
            db.path(), version, newest_schema()),
        "store_newer", "upgrade tento"));
  }
  const bool empty = version == 0 && db.pragma("SELECT count(*) FROM sqlite_schema") == 0;
  if (!empty && db.pragma("PRAGMA application_id") != application_id) {
    throw StoreFailure(store_error(ErrorCode::invalid_data, ErrorClass::config,
                                   fmt::format("{} is an SQLite file but no store of tento. Move it away, or choose "
                                               "another data folder",
                                               db.path()),
                                   "store_foreign", "choose another folder"));
  }
}

void migrate(Connection& db, int to) {
  for (auto version = db.pragma("PRAGMA user_version"); version < to; ++version) {
    db.execute("BEGIN IMMEDIATE");
    db.execute(migrations.at(static_cast<std::size_t>(version)));
    db.execute(fmt::format("PRAGMA application_id={}", application_id).c_str());
    db.execute(fmt::format("PRAGMA user_version={}", version + 1).c_str());
    db.execute("COMMIT");
  }
}

}  // namespace tento::host::sqlite
