-- The vault's table, for `wrangler d1 migrations apply`. It bears being run again.
CREATE TABLE IF NOT EXISTS snaptrade_vault_attempts (
  client_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  app_user_id TEXT NOT NULL,
  origin TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT,
  lease_until INTEGER NOT NULL,
  sealed_secret TEXT,
  token TEXT,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  PRIMARY KEY (client_id, user_id),
  CHECK (origin IN ('vault', 'app', 'adopted')),
  CHECK (state IN ('sent', 'active', 'doomed', 'void')),
  CHECK ((state = 'active') = (sealed_secret IS NOT NULL)),
  CHECK (state = 'active' OR (state = 'sent') = (token IS NOT NULL))
) STRICT;

CREATE UNIQUE INDEX IF NOT EXISTS snaptrade_vault_attempts_live ON snaptrade_vault_attempts (client_id, app_user_id)
  WHERE state IN ('sent', 'active');

CREATE INDEX IF NOT EXISTS snaptrade_vault_attempts_state ON snaptrade_vault_attempts (client_id, state, user_id);
