"""What Django cannot declare: the database knows the allowed moves and keeps history as it was."""

from django.db import migrations

KEYS = """
-- Only listed moves: an unlisted one has no row to point at.
ALTER TABLE layers_reporthistory ADD CONSTRAINT history_move_is_listed
  FOREIGN KEY (move, from_state, to_state)
  REFERENCES layers_reportmove (move, from_state, to_state);
-- Each line starts where the one before ended; the first has none before and comes from 'masuk'.
ALTER TABLE layers_reporthistory ADD CONSTRAINT history_follows
  FOREIGN KEY (report_id, prev_seq, from_state)
  REFERENCES layers_reporthistory (report_id, seq, to_state);
ALTER TABLE layers_reporthistory ADD CONSTRAINT history_starts_at_a_door
  CHECK ((prev_seq IS NULL) = (from_state = 'masuk'));
-- The state of a report is the last line of its history.
ALTER TABLE layers_report ADD CONSTRAINT report_state_is_history
  FOREIGN KEY (id, history_seq, state)
  REFERENCES layers_reporthistory (report_id, seq, to_state) DEFERRABLE INITIALLY DEFERRED;
-- The doer named on a validation is the doer of the follow-up.
ALTER TABLE layers_followup ADD CONSTRAINT followup_doer UNIQUE (id, done_by_id);
ALTER TABLE layers_validation ADD CONSTRAINT validation_names_the_doer
  FOREIGN KEY (follow_up_id, done_by_id) REFERENCES layers_followup (id, done_by_id);
"""
KEYS_OFF = """
ALTER TABLE layers_validation DROP CONSTRAINT validation_names_the_doer;
ALTER TABLE layers_followup DROP CONSTRAINT followup_doer;
ALTER TABLE layers_report DROP CONSTRAINT report_state_is_history;
ALTER TABLE layers_reporthistory DROP CONSTRAINT history_starts_at_a_door;
ALTER TABLE layers_reporthistory DROP CONSTRAINT history_follows;
ALTER TABLE layers_reporthistory DROP CONSTRAINT history_move_is_listed;
"""
APPEND_ONLY = """
CREATE FUNCTION public.history_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'report history is append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER history_append_only BEFORE UPDATE OR DELETE ON layers_reporthistory
  FOR EACH ROW EXECUTE FUNCTION public.history_is_append_only();
"""
APPEND_ONLY_OFF = """
DROP TRIGGER history_append_only ON layers_reporthistory;
DROP FUNCTION public.history_is_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("layers", "0002_initial")]
    operations = [
        migrations.RunSQL(KEYS, KEYS_OFF),
        migrations.RunSQL(APPEND_ONLY, APPEND_ONLY_OFF),
    ]
