"""The first schema."""

import sqlalchemy as sa
from alembic import op

from prospecting.db import types

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("id", types.BigKey, nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("action", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("detail", types.Json, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_at"), "audit", ["at"], unique=False)
    op.create_table(
        "campaign",
        sa.Column("id", types.BigKey, nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("owner", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("paused_why", sa.String(length=300), nullable=True),
        sa.Column("version_id", types.BigKey, nullable=True),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.CheckConstraint("state IN ('running', 'paused', 'finished')", name=op.f("ck_campaign_state_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        sa.UniqueConstraint("slug", name=op.f("uq_campaign_slug")),
    )
    op.create_table(
        "custom_field",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_custom_field")),
    )
    op.create_table(
        "diagnostic",
        sa.Column("id", types.BigKey, nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("definition", types.Json, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_diagnostic")),
        sa.UniqueConstraint("slug", "language", name=op.f("uq_diagnostic_slug_language")),
    )
    op.create_table(
        "diagnostic_result",
        sa.Column("id", types.BigKey, nullable=False),
        sa.Column("key", types.Hash, nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("scores", types.Json, nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_diagnostic_result")),
        sa.UniqueConstraint("key", name=op.f("uq_diagnostic_result_key")),
    )
    op.create_index("ix_diagnostic_result_slug", "diagnostic_result", ["slug", "id"], unique=False)
    op.create_table(
        "digest_sent",
        sa.Column("user", sa.String(length=40), nullable=False),
        sa.Column("due_at", types.Instant(), nullable=False),
        sa.Column("claimed_at", types.Instant(), nullable=False),
        sa.Column("sent_at", types.Instant(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.PrimaryKeyConstraint("user", "due_at", name=op.f("pk_digest_sent")),
    )
    op.create_table(
        "event_news",
        sa.Column("event_id", types.EventId, nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_event_news")),
    )
    op.create_index(op.f("ix_event_news_at"), "event_news", ["at"], unique=False)
    op.create_table(
        "gift",
        sa.Column("id", types.BigKey, nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("owner", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("gated", sa.Boolean(), nullable=False),
        sa.Column("topics", types.Json, nullable=False),
        sa.Column("audience", sa.String(length=300), nullable=False),
        sa.Column("fresh_until", sa.Date(), nullable=True),
        sa.Column("health", sa.String(length=10), nullable=False),
        sa.Column("checked_at", types.Instant(), nullable=True),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.CheckConstraint(
            "health IN ('ok', 'changed', 'moved', 'dead', 'gated', 'stale')", name=op.f("ck_gift_health_known")
        ),
        sa.CheckConstraint(
            "kind IN ('link', 'article', 'guide', 'file', 'video', 'master_class', 'infographic', 'diagnostic')",
            name=op.f("ck_gift_kind_known"),
        ),
        sa.CheckConstraint("state IN ('draft', 'in_review', 'approved', 'retired')", name=op.f("ck_gift_state_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gift")),
        sa.UniqueConstraint("slug", name=op.f("uq_gift_slug")),
    )
    op.create_table(
        "import_run",
        sa.Column("id", types.BigKey, nullable=False),
        sa.Column("file", sa.String(length=255), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=500), nullable=False),
        sa.Column("started_at", types.Instant(), nullable=False),
        sa.Column("finished_at", types.Instant(), nullable=True),
        sa.Column("done_to_line", sa.Integer(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("updated", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
        sa.UniqueConstraint("digest", "source", name=op.f("uq_import_run_digest_source")),
    )
    op.create_table(
        "journal_mark",
        sa.Column("record_id", types.EventId, nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("record_id", name=op.f("pk_journal_mark")),
    )
    op.create_table(
        "judgement",
        sa.Column("event_id", types.EventId, nullable=False),
        sa.Column("likelihood", sa.Double(), nullable=False),
        sa.Column("signs", types.Json, nullable=False),
        sa.Column("rules", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_judgement")),
    )
    op.create_table(
        "one_time_link",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=100), nullable=False),
        sa.Column("expires_at", types.Instant(), nullable=False),
        sa.Column("used_at", types.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_one_time_link")),
    )
    op.create_table(
        "organisation",
        sa.Column("id", types.BigKey, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("folded_name", sa.String(length=400), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("domain", sa.String(length=253), nullable=True),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("headcount", sa.Integer(), nullable=True),
        sa.Column("industry", sa.String(length=100), nullable=True),
        sa.Column("folded_industry", sa.String(length=400), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("zone", sa.String(length=64), nullable=True),
        sa.Column("standing", sa.String(length=20), server_default="none", nullable=False),
        sa.Column("fields", types.Json, nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('company', 'association', 'local_authority', 'school', 'other')",
            name=op.f("ck_organisation_kind_known"),
        ),
        sa.CheckConstraint(
            "standing IN ('none', 'open_proposal', 'customer')", name=op.f("ck_organisation_standing_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("domain", name=op.f("uq_organisation_domain")),
    )
    op.create_index("ix_organisation_name_country", "organisation", ["folded_name", "country"], unique=False)
    op.create_table(
        "segment",
        sa.Column("id", types.BigKey, nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("condition", types.Json, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segment")),
        sa.UniqueConstraint("slug", name=op.f("uq_segment_slug")),
    )
    op.create_table(
        "sending",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("why", sa.String(length=300), nullable=True),
        sa.Column("changed_at", types.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sending")),
    )
    op.create_table(
        "suppression",
        sa.Column("address_hash", types.Hash, nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.CheckConstraint(
            "reason IN ('objected', 'bounced', 'complained', 'erased')", name=op.f("ck_suppression_reason_known")
        ),
        sa.PrimaryKeyConstraint("address_hash", name=op.f("pk_suppression")),
    )
    op.create_table(
        "team_user",
        sa.Column("id", types.BigKey, nullable=False),
        sa.Column("handle", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("hours", types.Json, nullable=False),
        sa.Column("digest_at", sa.String(length=5), nullable=False),
        sa.Column("second_digest_at", sa.String(length=5), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("role IN ('sales', 'marketing', 'manager')", name=op.f("ck_team_user_role_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_user")),
        sa.UniqueConstraint("address", name=op.f("uq_team_user_address")),
        sa.UniqueConstraint("handle", name=op.f("uq_team_user_handle")),
    )
    op.create_table(
        "visit_count",
        sa.Column("gift", sa.String(length=80), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("gift", "week", name=op.f("pk_visit_count")),
    )
    op.create_table(
        "campaign_version",
        sa.Column("id", types.BigKey, nullable=False),
        sa.Column("campaign_id", types.BigKey, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("definition", types.Json, nullable=False),
        sa.Column("bundle", types.Json, nullable=False),
        sa.Column("launched_by", sa.String(length=40), nullable=False),
        sa.Column("launched_at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_version_campaign_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_version")),
        sa.UniqueConstraint("campaign_id", "digest", name=op.f("uq_campaign_version_campaign_id_digest")),
        sa.UniqueConstraint("campaign_id", "number", name=op.f("uq_campaign_version_campaign_id_number")),
    )
    op.create_table(
        "gift_version",
        sa.Column("id", types.BigKey, nullable=False),
        sa.Column("gift_id", types.BigKey, nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("promise", sa.String(length=300), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(length=120), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("url", sa.String(length=2000), nullable=True),
        sa.Column("file", sa.String(length=255), nullable=True),
        sa.Column("data", types.Json, nullable=False),
        sa.Column("revised_on", sa.Date(), nullable=True),
        sa.Column("approved_at", types.Instant(), nullable=True),
        sa.Column("approved_by", sa.String(length=40), nullable=True),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["gift_id"], ["gift.id"], name=op.f("fk_gift_version_gift_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gift_version")),
        sa.UniqueConstraint("gift_id", "language", "number", name=op.f("uq_gift_version_gift_id_language_number")),
    )
    op.create_table(
        "lead",
        sa.Column("id", types.BigKey, nullable=False),
        sa.Column("campaign_id", types.BigKey, nullable=False),
        sa.Column("organisation_id", types.BigKey, nullable=True),
        sa.Column("owner", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("surfaced_at", types.Instant(), nullable=False),
        sa.Column("answer_by", types.Instant(), nullable=True),
        sa.Column("answered_at", types.Instant(), nullable=True),
        sa.Column("passed_until", types.Instant(), nullable=True),
        sa.Column("closed_at", types.Instant(), nullable=True),
        sa.CheckConstraint("state IN ('open', 'invited', 'answered', 'closed')", name=op.f("ck_lead_state_known")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_lead_campaign_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_lead_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead")),
    )
    op.create_index("ix_lead_open", "lead", ["owner", "state", "surfaced_at"], unique=False)
    op.create_table(
        "mailbox",
        sa.Column("id", types.BigKey, nullable=False),
        sa.Column("slug", sa.String(length=40), nullable=False),
        sa.Column("user_id", types.BigKey, nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("organisation", sa.String(length=200), nullable=False),
        sa.Column("sells", types.Json, nullable=False),
        sa.Column("postal_address", sa.String(length=300), nullable=False),
        sa.Column("transport", sa.String(length=10), nullable=False),
        sa.Column("host", sa.String(length=253), nullable=True),
        sa.Column("port", sa.Integer(), nullable=True),
        sa.Column("security", sa.String(length=10), nullable=False),
        sa.Column("username", sa.String(length=254), nullable=True),
        sa.Column("password_env", sa.String(length=80), nullable=True),
        sa.Column("inbox", types.Json, nullable=False),
        sa.Column("options", types.Json, nullable=False),
        sa.Column("per_day", sa.Integer(), nullable=False),
        sa.Column("ramp_from", sa.Integer(), nullable=False),
        sa.Column("ramp_step", sa.Integer(), nullable=False),
        sa.Column("gap_s", sa.Integer(), nullable=False),
        sa.Column("per_domain_per_day", sa.Integer(), nullable=False),
        sa.Column("started_at", types.Instant(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("paused_why", sa.String(length=300), nullable=True),
        sa.Column("resting_until", types.Instant(), nullable=True),
        sa.Column("resting_why", sa.String(length=300), nullable=True),
        sa.Column("refused_logins", sa.Integer(), nullable=False),
        sa.CheckConstraint("security IN ('none', 'starttls', 'tls')", name=op.f("ck_mailbox_security_known")),
        sa.CheckConstraint("transport IN ('smtp', 'graph')", name=op.f("ck_mailbox_transport_known")),
        sa.ForeignKeyConstraint(["user_id"], ["team_user.id"], name=op.f("fk_mailbox_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailbox")),
        sa.UniqueConstraint("address", name=op.f("uq_mailbox_address")),
        sa.UniqueConstraint("slug", name=op.f("uq_mailbox_slug")),
    )
    op.create_table(
        "prospect",
        sa.Column("id", types.BigKey, nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("address_hash", types.Hash, nullable=False),
        sa.Column("domain", sa.String(length=253), nullable=False),
        sa.Column("first_name", sa.String(length=100), nullable=True),
        sa.Column("last_name", sa.String(length=100), nullable=True),
        sa.Column("role", sa.String(length=200), nullable=True),
        sa.Column("folded_role", sa.String(length=800), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("subdivision", sa.String(length=8), nullable=True),
        sa.Column("zone", sa.String(length=64), nullable=True),
        sa.Column("organisation_id", types.BigKey, nullable=True),
        sa.Column("fields", types.Json, nullable=False),
        sa.Column("folded_fields", types.Json, nullable=False),
        sa.Column("tags", types.Json, nullable=False),
        sa.Column("source", sa.String(length=500), nullable=False),
        sa.Column("source_at", types.Instant(), nullable=False),
        sa.Column("import_id", types.BigKey, nullable=True),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("stopped_at", types.Instant(), nullable=True),
        sa.Column("stopped_why", sa.String(length=40), nullable=True),
        sa.Column("tracking_wish", sa.Boolean(), nullable=True),
        sa.Column("wish_days_between", sa.Integer(), nullable=True),
        sa.Column("next_allowed_at", types.Instant(), nullable=True),
        sa.Column("in_touch_at", types.Instant(), nullable=True),
        sa.Column("in_touch_with", sa.String(length=40), nullable=True),
        sa.Column("cooled_topics", types.Json, nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_prospect_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prospect")),
        sa.UniqueConstraint("address", name=op.f("uq_prospect_address")),
        sa.UniqueConstraint("address_hash", name=op.f("uq_prospect_address_hash")),
    )
    op.create_index(op.f("ix_prospect_organisation_id"), "prospect", ["organisation_id"], unique=False)
    op.create_table(
        "warmth_basis",
        sa.Column("campaign_id", types.BigKey, nullable=False),
        sa.Column("half_life_s", sa.Double(), nullable=False),
        sa.Column("bar", sa.Double(), nullable=False),
        sa.Column("deliberate", sa.Integer(), nullable=False),
        sa.Column("rebuilt_to", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_warmth_basis_campaign_id")),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_warmth_basis")),
    )
    op.create_table(
        "consent",
        sa.Column("id", types.BigKey, nullable=False),
        sa.Column("prospect_id", types.BigKey, nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("wording", sa.String(length=1000), nullable=False),
        sa.Column("through", sa.String(length=100), nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["prospect_id"], ["prospect.id"], name=op.f("fk_consent_prospect_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
        sa.UniqueConstraint("prospect_id", "at", "given", name=op.f("uq_consent_prospect_id_at_given")),
    )
    op.create_table(
        "enrolment",
        sa.Column("id", types.BigKey, nullable=False),
        sa.Column("campaign_id", types.BigKey, nullable=False),
        sa.Column("version_id", types.BigKey, nullable=False),
        sa.Column("prospect_id", types.BigKey, nullable=False),
        sa.Column("mailbox_id", types.BigKey, nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("plan_at", types.Instant(), nullable=True),
        sa.Column("step_opened_at", types.Instant(), nullable=True),
        sa.Column("held", sa.String(length=300), nullable=True),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.Column("unused", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=True),
        sa.Column("enrolled_at", types.Instant(), nullable=False),
        sa.Column("ended_at", types.Instant(), nullable=True),
        sa.CheckConstraint("state IN ('active', 'warm', 'finished', 'stopped')", name=op.f("ck_enrolment_state_known")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_enrolment_campaign_id")),
        sa.ForeignKeyConstraint(["mailbox_id"], ["mailbox.id"], name=op.f("fk_enrolment_mailbox_id")),
        sa.ForeignKeyConstraint(["prospect_id"], ["prospect.id"], name=op.f("fk_enrolment_prospect_id")),
        sa.ForeignKeyConstraint(["version_id"], ["campaign_version.id"], name=op.f("fk_enrolment_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment")),
        sa.UniqueConstraint(
            "campaign_id", "prospect_id", "round", name=op.f("uq_enrolment_campaign_id_prospect_id_round")
        ),
    )
    op.create_index(
        "ix_enrolment_due",
        "enrolment",
        ["plan_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'active' AND plan_at IS NOT NULL"),
        sqlite_where=sa.text("state = 'active' AND plan_at IS NOT NULL"),
    )
    op.create_index("ix_enrolment_prospect", "enrolment", ["prospect_id"], unique=False)
    op.create_table(
        "event",
        sa.Column("at", types.Instant(), nullable=False),
        sa.Column("id", types.EventId, nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("prospect_id", types.BigKey, nullable=False),
        sa.Column("touch_id", sa.BigInteger(), nullable=True),
        sa.Column("campaign_id", sa.BigInteger(), nullable=True),
        sa.Column("version_id", sa.BigInteger(), nullable=True),
        sa.Column("gift", sa.String(length=80), nullable=True),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("words", sa.String(length=4000), nullable=True),
        sa.Column("facts", types.Json, nullable=False),
        sa.Column("recorded_at", types.Instant(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('sent', 'delivered', 'bounced', 'complained', 'objected', 'consented', 'withdrew', 'visited', 'read', 'downloaded', 'watched', 'useful', 'send_next', 'diagnostic_completed', 'comparison_asked', 'registered', 'attended', 'forwarded', 'not_for_me', 'question', 'reply', 'booked', 'proposal_asked', 'replay_asked')",
            name=op.f("ck_event_kind_known"),
        ),
        sa.CheckConstraint("mode IN ('none', 'declared', 'consented', 'full')", name=op.f("ck_event_mode_known")),
        sa.ForeignKeyConstraint(["prospect_id"], ["prospect.id"], name=op.f("fk_event_prospect_id")),
        sa.PrimaryKeyConstraint("at", "id", name=op.f("pk_event")),
    )
    op.create_index("ix_event_id", "event", ["id"], unique=False)
    op.create_index("ix_event_prospect", "event", ["prospect_id", "at"], unique=False)
    op.create_index("ix_event_touch", "event", ["touch_id"], unique=False)
    op.create_table(
        "inbox_cursor",
        sa.Column("mailbox_id", types.BigKey, nullable=False),
        sa.Column("folder", sa.String(length=200), nullable=False),
        sa.Column("validity", sa.BigInteger(), nullable=False),
        sa.Column("uid", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["mailbox_id"], ["mailbox.id"], name=op.f("fk_inbox_cursor_mailbox_id")),
        sa.PrimaryKeyConstraint("mailbox_id", "folder", name=op.f("pk_inbox_cursor")),
    )
    op.create_table(
        "mailbox_slot",
        sa.Column("touch_id", types.BigKey, autoincrement=False, nullable=False),
        sa.Column("mailbox_id", types.BigKey, nullable=False),
        sa.Column("domain", sa.String(length=253), nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["mailbox_id"], ["mailbox.id"], name=op.f("fk_mailbox_slot_mailbox_id")),
        sa.PrimaryKeyConstraint("touch_id", name=op.f("pk_mailbox_slot")),
    )
    op.create_index("ix_mailbox_slot_all", "mailbox_slot", ["at"], unique=False)
    op.create_index("ix_mailbox_slot_at", "mailbox_slot", ["mailbox_id", "at"], unique=False)
    op.create_index("ix_mailbox_slot_domain", "mailbox_slot", ["mailbox_id", "domain", "at"], unique=False)
    op.create_table(
        "meeting",
        sa.Column("id", types.BigKey, nullable=False),
        sa.Column("lead_id", types.BigKey, nullable=False),
        sa.Column("prospect_id", types.BigKey, nullable=False),
        sa.Column("owner", sa.String(length=40), nullable=False),
        sa.Column("starts_at", types.Instant(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("cancelled_at", types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_meeting_lead_id")),
        sa.ForeignKeyConstraint(["prospect_id"], ["prospect.id"], name=op.f("fk_meeting_prospect_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting")),
        sa.UniqueConstraint("owner", "starts_at", name=op.f("uq_meeting_owner_starts_at")),
    )
    op.create_table(
        "outcome",
        sa.Column("id", types.BigKey, nullable=False),
        sa.Column("lead_id", types.BigKey, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=False),
        sa.Column("by", sa.String(length=40), nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('meeting', 'proposal', 'won', 'lost', 'not_now', 'not_a_lead')",
            name=op.f("ck_outcome_kind_known"),
        ),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_outcome_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outcome")),
    )
    op.create_index(op.f("ix_outcome_lead_id"), "outcome", ["lead_id"], unique=False)
    op.create_table(
        "contribution",
        sa.Column("event_id", types.EventId, nullable=False),
        sa.Column("enrolment_id", types.BigKey, nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("gift", sa.String(length=80), nullable=True),
        sa.Column("points", sa.Double(), nullable=False),
        sa.Column("deliberate", sa.Boolean(), nullable=False),
        sa.Column("hand", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolment.id"], name=op.f("fk_contribution_enrolment_id")),
        sa.PrimaryKeyConstraint("event_id", "enrolment_id", name=op.f("pk_contribution")),
    )
    op.create_index("ix_contribution_enrolment", "contribution", ["enrolment_id", "at"], unique=False)
    op.create_index(
        "ix_contribution_hand",
        "contribution",
        ["event_id"],
        unique=False,
        postgresql_where=sa.text("hand"),
        sqlite_where=sa.text("hand"),
    )
    op.create_table(
        "lead_person",
        sa.Column("lead_id", types.BigKey, nullable=False),
        sa.Column("prospect_id", types.BigKey, nullable=False),
        sa.Column("enrolment_id", types.BigKey, nullable=False),
        sa.Column("warm", sa.Boolean(), nullable=False),
        sa.Column("hand", sa.Boolean(), nullable=False),
        sa.Column("warmth", sa.Double(), nullable=False),
        sa.Column("bar", sa.Double(), nullable=False),
        sa.Column("reasons", types.Json, nullable=False),
        sa.Column("surfaced_at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolment.id"], name=op.f("fk_lead_person_enrolment_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_lead_person_lead_id")),
        sa.ForeignKeyConstraint(["prospect_id"], ["prospect.id"], name=op.f("fk_lead_person_prospect_id")),
        sa.PrimaryKeyConstraint("lead_id", "prospect_id", name=op.f("pk_lead_person")),
    )
    op.create_index(op.f("ix_lead_person_prospect_id"), "lead_person", ["prospect_id"], unique=False)
    op.create_table(
        "raised_hand",
        sa.Column("event_id", types.EventId, nullable=False),
        sa.Column("lead_id", types.BigKey, nullable=False),
        sa.Column("prospect_id", types.BigKey, nullable=False),
        sa.Column("enrolment_id", types.BigKey, nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("words", sa.String(length=4000), nullable=True),
        sa.Column("raised_at", types.Instant(), nullable=False),
        sa.Column("answer_by", types.Instant(), nullable=True),
        sa.Column("answered_at", types.Instant(), nullable=True),
        sa.Column("answered_by", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolment.id"], name=op.f("fk_raised_hand_enrolment_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_raised_hand_lead_id")),
        sa.ForeignKeyConstraint(["prospect_id"], ["prospect.id"], name=op.f("fk_raised_hand_prospect_id")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_raised_hand")),
    )
    op.create_index("ix_raised_hand_lead", "raised_hand", ["lead_id", "raised_at"], unique=False)
    op.create_index(op.f("ix_raised_hand_prospect_id"), "raised_hand", ["prospect_id"], unique=False)
    op.create_index(
        "ix_raised_hand_unanswered",
        "raised_hand",
        ["answer_by"],
        unique=False,
        postgresql_where=sa.text("answered_at IS NULL AND answer_by IS NOT NULL"),
        sqlite_where=sa.text("answered_at IS NULL AND answer_by IS NOT NULL"),
    )
    op.create_table(
        "touch",
        sa.Column("id", types.BigKey, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("prospect_id", types.BigKey, nullable=False),
        sa.Column("mailbox_id", types.BigKey, nullable=False),
        sa.Column("campaign_id", types.BigKey, nullable=True),
        sa.Column("version_id", types.BigKey, nullable=True),
        sa.Column("enrolment_id", types.BigKey, nullable=True),
        sa.Column("step", sa.String(length=80), nullable=True),
        sa.Column("lead_id", types.BigKey, nullable=True),
        sa.Column("round", sa.Integer(), nullable=True),
        sa.Column("gift_id", types.BigKey, nullable=True),
        sa.Column("gift_version_id", types.BigKey, nullable=True),
        sa.Column("variant", sa.String(length=40), nullable=True),
        sa.Column("message", sa.String(length=200), nullable=True),
        sa.Column("content", types.Json, nullable=True),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("due_at", types.Instant(), nullable=False),
        sa.Column("window_ends_at", types.Instant(), nullable=False),
        sa.Column("claim", sa.String(length=32), nullable=True),
        sa.Column("lease_until", types.Instant(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("ended_at", types.Instant(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.CheckConstraint(
            "kind <> 'gift' OR (enrolment_id IS NOT NULL AND step IS NOT NULL)", name=op.f("ck_touch_gift_has_step")
        ),
        sa.CheckConstraint(
            "kind <> 'invitation' OR (lead_id IS NOT NULL AND round IS NOT NULL)",
            name=op.f("ck_touch_invitation_has_lead"),
        ),
        sa.CheckConstraint("kind IN ('gift', 'invitation', 'service')", name=op.f("ck_touch_kind_known")),
        sa.CheckConstraint("mode IN ('none', 'declared', 'consented', 'full')", name=op.f("ck_touch_mode_known")),
        sa.CheckConstraint(
            "state IN ('planned', 'claimed', 'sending', 'sent', 'failed', 'uncertain', 'skipped', 'cancelled')",
            name=op.f("ck_touch_state_known"),
        ),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_touch_campaign_id")),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolment.id"], name=op.f("fk_touch_enrolment_id")),
        sa.ForeignKeyConstraint(["gift_id"], ["gift.id"], name=op.f("fk_touch_gift_id")),
        sa.ForeignKeyConstraint(["gift_version_id"], ["gift_version.id"], name=op.f("fk_touch_gift_version_id")),
        sa.ForeignKeyConstraint(["mailbox_id"], ["mailbox.id"], name=op.f("fk_touch_mailbox_id")),
        sa.ForeignKeyConstraint(["prospect_id"], ["prospect.id"], name=op.f("fk_touch_prospect_id")),
        sa.ForeignKeyConstraint(["version_id"], ["campaign_version.id"], name=op.f("fk_touch_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_touch")),
        sa.UniqueConstraint("enrolment_id", "step", name=op.f("uq_touch_enrolment_id_step")),
        sa.UniqueConstraint("lead_id", "prospect_id", "round", name=op.f("uq_touch_lead_id_prospect_id_round")),
    )
    op.create_index(
        "ix_touch_due",
        "touch",
        ["mailbox_id", "due_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'planned'"),
        sqlite_where=sa.text("state = 'planned'"),
    )
    op.create_index(
        "ix_touch_leased",
        "touch",
        ["lease_until"],
        unique=False,
        postgresql_where=sa.text("state IN ('claimed', 'sending')"),
        sqlite_where=sa.text("state IN ('claimed', 'sending')"),
    )
    op.create_index(
        "ix_touch_missed",
        "touch",
        ["window_ends_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'planned'"),
        sqlite_where=sa.text("state = 'planned'"),
    )
    op.create_index("ix_touch_prospect", "touch", ["prospect_id", "due_at"], unique=False)
    op.create_table(
        "warmth",
        sa.Column("enrolment_id", types.BigKey, nullable=False),
        sa.Column("campaign_id", types.BigKey, nullable=False),
        sa.Column("prospect_id", types.BigKey, nullable=False),
        sa.Column("level", sa.Double(), nullable=True),
        sa.Column("own_level", sa.Double(), nullable=True),
        sa.Column("fit", sa.Double(), nullable=False),
        sa.Column("deliberate", sa.Integer(), nullable=False),
        sa.Column("hands", sa.Integer(), nullable=False),
        sa.Column("first_hand_at", types.Instant(), nullable=True),
        sa.Column("reached_at", types.Instant(), nullable=True),
        sa.Column("updated_at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_warmth_campaign_id")),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolment.id"], name=op.f("fk_warmth_enrolment_id")),
        sa.ForeignKeyConstraint(["prospect_id"], ["prospect.id"], name=op.f("fk_warmth_prospect_id")),
        sa.PrimaryKeyConstraint("enrolment_id", name=op.f("pk_warmth")),
    )
    op.create_index("ix_warmth_level", "warmth", ["campaign_id", "level"], unique=False)
    op.create_index(op.f("ix_warmth_prospect_id"), "warmth", ["prospect_id"], unique=False)
    op.create_index(
        "ix_warmth_reached",
        "warmth",
        ["campaign_id", "enrolment_id"],
        unique=False,
        postgresql_where=sa.text("reached_at IS NOT NULL"),
        sqlite_where=sa.text("reached_at IS NOT NULL"),
    )
    op.create_table(
        "inbound_message",
        sa.Column("id", types.BigKey, nullable=False),
        sa.Column("mailbox_id", types.BigKey, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("reply", sa.String(length=20), nullable=True),
        sa.Column("prospect_id", types.BigKey, nullable=True),
        sa.Column("touch_id", types.BigKey, nullable=True),
        sa.Column("received_at", types.Instant(), nullable=False),
        sa.Column("subject", sa.String(length=400), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=True),
        sa.Column("permanent", sa.Boolean(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("handled_at", types.Instant(), nullable=True),
        sa.Column("handled_by", sa.String(length=40), nullable=True),
        sa.CheckConstraint(
            "kind IN ('bounce', 'complaint', 'auto_reply', 'absence', 'reply', 'other')",
            name=op.f("ck_inbound_message_kind_known"),
        ),
        sa.ForeignKeyConstraint(["mailbox_id"], ["mailbox.id"], name=op.f("fk_inbound_message_mailbox_id")),
        sa.ForeignKeyConstraint(["prospect_id"], ["prospect.id"], name=op.f("fk_inbound_message_prospect_id")),
        sa.ForeignKeyConstraint(["touch_id"], ["touch.id"], name=op.f("fk_inbound_message_touch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_message")),
        sa.UniqueConstraint("mailbox_id", "digest", name=op.f("uq_inbound_message_mailbox_id_digest")),
    )
    op.create_index(op.f("ix_inbound_message_prospect_id"), "inbound_message", ["prospect_id"], unique=False)
    op.create_index(op.f("ix_inbound_message_touch_id"), "inbound_message", ["touch_id"], unique=False)
    op.create_table(
        "invitation",
        sa.Column("id", types.BigKey, nullable=False),
        sa.Column("lead_id", types.BigKey, nullable=False),
        sa.Column("prospect_id", types.BigKey, nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("touch_id", types.BigKey, nullable=False),
        sa.Column("choices", types.Json, nullable=False),
        sa.Column("sent_by", sa.String(length=40), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("chosen", sa.String(length=20), nullable=True),
        sa.Column("chosen_at", types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_invitation_lead_id")),
        sa.ForeignKeyConstraint(["prospect_id"], ["prospect.id"], name=op.f("fk_invitation_prospect_id")),
        sa.ForeignKeyConstraint(["touch_id"], ["touch.id"], name=op.f("fk_invitation_touch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("lead_id", "prospect_id", "round", name=op.f("uq_invitation_lead_id_prospect_id_round")),
        sa.UniqueConstraint("touch_id", name=op.f("uq_invitation_touch_id")),
    )
    op.create_table(
        "message",
        sa.Column("id", types.BigKey, nullable=False),
        sa.Column("touch_id", types.BigKey, nullable=False),
        sa.Column("message_id", sa.String(length=255), nullable=False),
        sa.Column("provider_id", sa.String(length=255), nullable=True),
        sa.Column("mailbox_id", types.BigKey, nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("subject", sa.String(length=400), nullable=False),
        sa.Column("gated_at", types.Instant(), nullable=False),
        sa.Column("next_allowed_at", types.Instant(), nullable=True),
        sa.Column("accepted_at", types.Instant(), nullable=True),
        sa.Column("reply", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(["mailbox_id"], ["mailbox.id"], name=op.f("fk_message_mailbox_id")),
        sa.ForeignKeyConstraint(["touch_id"], ["touch.id"], name=op.f("fk_message_touch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("message_id", name=op.f("uq_message_message_id")),
        sa.UniqueConstraint("touch_id", name=op.f("uq_message_touch_id")),
    )
    op.create_index(op.f("ix_message_provider_id"), "message", ["provider_id"], unique=False)
    dialect = op.get_bind().dialect.name
    for statement in TOUCH_EDGES[dialect]:
        op.execute(sa.text(statement.replace(":", "\\:")))


# A touch's edges are held by the database too (campaigns/edges.py); frozen here as they were.
TOUCH_EDGES = {
    "sqlite": [
        """CREATE TRIGGER touch_edges BEFORE UPDATE OF state ON touch WHEN NEW.state <> OLD.state AND NOT (OLD.state || '>' || NEW.state IN ('claimed>cancelled', 'claimed>failed', 'claimed>planned', 'claimed>sending', 'claimed>skipped', 'planned>cancelled', 'planned>claimed', 'planned>skipped', 'sending>failed', 'sending>planned', 'sending>sent', 'sending>uncertain', 'uncertain>failed', 'uncertain>sent') OR (OLD.state || '>' || NEW.state IN ('claimed>uncertain', 'planned>uncertain') AND coalesce(NEW.reason, '') = 'restored') OR (OLD.state || '>' || NEW.state IN ('uncertain>planned') AND coalesce(NEW.reason, '') LIKE 'not accepted: _%')) BEGIN SELECT RAISE(ABORT, 'touch: this edge is not allowed'); END""",
    ],
    "postgresql": [
        """CREATE OR REPLACE FUNCTION touch_edge_refused() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'touch %: % → % is not allowed', OLD.id, OLD.state, NEW.state USING ERRCODE = 'check_violation';
END $$""",
        """CREATE TRIGGER touch_edges BEFORE UPDATE OF state ON touch FOR EACH ROW WHEN (NEW.state <> OLD.state AND NOT (OLD.state || '>' || NEW.state IN ('claimed>cancelled', 'claimed>failed', 'claimed>planned', 'claimed>sending', 'claimed>skipped', 'planned>cancelled', 'planned>claimed', 'planned>skipped', 'sending>failed', 'sending>planned', 'sending>sent', 'sending>uncertain', 'uncertain>failed', 'uncertain>sent') OR (OLD.state || '>' || NEW.state IN ('claimed>uncertain', 'planned>uncertain') AND coalesce(NEW.reason, '') = 'restored') OR (OLD.state || '>' || NEW.state IN ('uncertain>planned') AND coalesce(NEW.reason, '') LIKE 'not accepted: _%'))) EXECUTE FUNCTION touch_edge_refused()""",
    ],
}
