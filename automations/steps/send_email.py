"""Send a marketing email to the contact."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from automations.content import compose_content
from automations.definition import Step
from automations.steps.base import Advance, Outcome, Run, StepInvalid, StepKind
from contacts.models import Subscription
from messaging.actions.compose import MailingInvalid, freeze_mailing, queue_message
from messaging.models import Mailing
from messaging.senders import is_verified

if TYPE_CHECKING:
    from automations.models import Automation
    from contacts.models import User


def mailing_of(config: dict[str, Any]) -> Mailing | None:
    """The content that a step's config names, if it has any yet."""
    return Mailing.objects.filter(pk=config.get("mailing_id") or 0).first()


class SendEmailForm(forms.Form):
    """The email's words. The footer with the postal address and the unsubscribe link is added."""

    subject = forms.CharField(label=gettext_lazy("Subject"), max_length=400)
    preheader = forms.CharField(
        label=gettext_lazy("Preheader"),
        max_length=400,
        required=False,
        help_text=gettext_lazy("The line that inboxes show after the subject."),
    )
    from_name = forms.CharField(label=gettext_lazy("From name"), max_length=200, required=False)
    from_email = forms.EmailField(label=gettext_lazy("From address"))
    body = forms.CharField(
        label=gettext_lazy("Text"),
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=gettext_lazy(
            "An empty line starts a new paragraph. Personalise with {{ contact.first_name | default: 'there' }};"
            " a line such as [Button text](https://example.com) becomes a button."
        ),
    )

    def __init__(self, automation: Automation, step: Step, data: Any = None) -> None:
        mailing = mailing_of(step.config)
        given = {name: getattr(mailing, name, "") for name in ("subject", "preheader", "from_name", "from_email")}
        super().__init__(data, initial=(given if mailing else {}) | {"body": step.config.get("body", "")})
        self.automation = automation

    def config(self, by: User) -> dict[str, Any]:
        """Make the mailing (an edit is a new one: sent messages keep theirs) and store its id."""
        words = self.cleaned_data
        mailing = compose_content(name=f"{self.automation.name}: {words['subject']}"[:200], words=words, by=by)
        return {"mailing_id": mailing.pk, "body": words["body"], "subject": mailing.subject}


class SendEmail(StepKind):
    """Marketing by nature: skipped, with the reason, for contacts who are active on no list."""

    key = "send_email"
    title = gettext_lazy("Send email")
    icon = "mail"
    tone = "indigo"

    def take(self, run: Run) -> Outcome:
        """Put one message in the outbox, in the transaction that moves the run on."""
        contact = run.enrollment.contact
        standing = self.standing(run)
        if standing is None:
            return Advance(_("Skipped: active on no list."), skipped=True)
        message = queue_message(
            mailing=Mailing.objects.get(pk=run.step.config["mailing_id"]),
            contact=contact,
            lane="automation",
            mailing_list=standing.list,
            by=None,
        )
        return Advance(self.describe(run.step.config), data={"message_id": message.pk})

    def standing(self, run: Run) -> Subscription | None:
        """The active subscription by which the contact may be written to; the triggering list first."""
        mine = list(run.enrollment.contact.subscriptions.active().select_related("list").order_by("id"))
        wanted = run.enrollment.context.get("list_id")
        return min(mine, key=lambda subscription: subscription.list_id != wanted, default=None)

    def describe(self, config: dict[str, Any]) -> str:
        """Such as "Send “Welcome”"."""
        return _("Send “%(subject)s”") % {"subject": config.get("subject", "")}

    def problems(self, config: dict[str, Any]) -> list[str]:
        """Content must be there, compile, and come from a verified address."""
        mailing = mailing_of(config)
        if mailing is None:
            return [_("Write the email.")]
        if not is_verified(mailing.from_email):
            return [_("%(address)s is not verified for sending.") % {"address": mailing.from_email}]
        return []

    def prepare(self, config: dict[str, Any]) -> None:
        """Compile and freeze the content. Raises StepInvalid with every unknown tag and its line."""
        try:
            freeze_mailing(mailing=Mailing.objects.get(pk=config["mailing_id"]))
        except MailingInvalid as invalid:
            raise StepInvalid(str(invalid)) from invalid

    def form(self, automation: Automation, step: Step, data: Any = None) -> SendEmailForm:
        """Subject, sender and words."""
        return SendEmailForm(automation, step, data)
