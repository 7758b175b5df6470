"""Writing a campaign's content: the block editor, hand-written HTML, and the preview as a contact."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from campaigns import actions
from campaigns.actions import BlockContent, OwnHtml
from campaigns.errors import ContentChanged, WrongStatus
from campaigns.forms import OwnHtmlForm
from campaigns.models import Campaign
from campaigns.previewing import preview_as
from campaigns.views.door import campaign_of, closed, refuse, steps
from campaigns.words import merge_labels, merge_menu
from campaigns.zones import zone_of
from contacts.models import Contact
from contacts.permissions import allow, user_of
from messaging import blocks
from messaging.blocks import BlocksInvalid, Theme
from messaging.showing import as_document

# The canvas brings styles of its own and runs nothing; our page may measure what is in it (allow-same-origin).
CANVAS_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; font-src https:; img-src https: http: data: 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-same-origin"
)
_PROBLEMS = '<ul style="font:14px/1.6 sans-serif;color:#b91c1c">{}</ul>'


@allow("campaigns.edit")
def content(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """The editor; a POST of JSON saves and answers with the preview's HTML."""
    campaign = campaign_of(request, campaign_id)
    if request.method == "POST":
        return _save(request, campaign)
    if answer := closed(request, campaign):
        return answer
    is_own = not campaign.mailing.blocks
    context = {
        "campaign": campaign,
        "steps": steps(campaign, "content"),
        "editor": _editor_data(campaign),
        "merge": merge_menu(),
        "saved_at": _clock(request, campaign.mailing.updated_at),
        "form": OwnHtmlForm(initial={"html": campaign.mailing.html, "text": campaign.mailing.text}),
    }
    return render(request, "campaigns/own_html.html" if is_own else "campaigns/content.html", context)


def _editor_data(campaign: Campaign) -> dict[str, Any]:
    mailing = campaign.mailing
    return {
        "blocks": mailing.blocks,
        "theme": mailing.theme or Theme().model_dump(mode="json"),
        "seen": mailing.updated_at.isoformat(),
        "kinds": [_kind(kind) for kind in blocks.kinds()],
        "theme_settings": blocks.theme_settings(),
        "save_url": reverse("campaigns:content", args=[campaign.pk]),
        "upload_url": reverse("campaigns:upload"),
        "words": _words(),
    }


def _kind(kind: type[blocks.Block]) -> dict[str, Any]:
    return {
        "key": kind.kind_key(),
        "title": str(kind.title),
        "icon": kind.icon,
        "required": kind.required,
        "outside": kind.outside,
        "settings": [setting.described() for setting in kind.settings],
        "example": kind.example().model_dump(mode="json"),
    }


def _words() -> dict[str, str]:
    return {
        "saved": _("Draft saved %s"),
        "saving": _("Saving…"),
        "invalid": _("Not saved: %s"),
        "upload": _("Upload"),
        "uploading": _("Uploading…"),
        "upload_failed": _("The picture could not be uploaded."),
        "offline": _("Not saved: no connection. Trying again…"),
        "failed": _("Not saved: something went wrong. Trying again…"),
        "edit": _("Edit block %(n)s: %(title)s"),
        "up": _("Move up"),
        "down": _("Move down"),
        "copy": _("Duplicate"),
        "delete": _("Delete"),
        "deleted": _("%s deleted. Undo with Ctrl Z."),
        "add": _("Add"),
        "remove": _("Remove"),
        "personalise": _("Personalise"),
        "none": _("None"),
        "bold": _("Bold"),
        "italic": _("Italic"),
        "underline": _("Underline"),
        "link": _("Link"),
        "unlink": _("Remove the link"),
        "link_to": _("Where does the link lead?"),
        "bullets": _("List"),
        "numbers": _("Numbered list"),
        "moved": _("%(title)s moved to position %(n)s"),
        "added": _("%(title)s added at position %(n)s"),
    }


def _save(request: HttpRequest, campaign: Campaign) -> JsonResponse:
    try:
        posted = json.loads(request.body)
        saved = actions.save_content(
            campaign=campaign, content=_posted(posted), by=user_of(request), seen=_moment(posted.get("seen"))
        )
    except BlocksInvalid as error:
        return JsonResponse({"problems": [_problem(problem) for problem in error.problems]}, status=422)
    except (ContentChanged, WrongStatus) as error:
        return JsonResponse({"message": str(error)}, status=409)
    except (ValueError, KeyError, AttributeError):
        return JsonResponse({"message": _("This is no content.")}, status=400)
    return JsonResponse(
        {
            "saved_at": _clock(request, saved.mailing.updated_at),
            "seen": saved.mailing.updated_at.isoformat(),
            "html": blocks.show_liquid(saved.mailing.html, merge_labels()),
            "size": len(saved.mailing.html.encode()),
        }
    )


def _posted(posted: dict[str, Any]) -> BlockContent | OwnHtml:
    if "blocks" in posted:
        return BlockContent(blocks.read_blocks(posted["blocks"]), blocks.read_theme(posted.get("theme")))
    form = OwnHtmlForm({"html": posted["html"], "text": posted.get("text", "")})
    if not isinstance(posted["html"], str) or not form.is_valid():
        raise ValueError(form.errors.as_text())
    return form.content()


def _problem(problem: blocks.BlockProblem) -> dict[str, str]:
    return {"block_id": problem.block_id, "name": problem.name, "message": problem.message, "words": str(problem)}


def _moment(seen: object) -> datetime | None:
    return parse_datetime(seen) if isinstance(seen, str) else None


def _clock(request: HttpRequest, moment: datetime) -> str:
    return f"{timezone.localtime(moment, zone_of(user_of(request))):%H:%M}"


@allow("campaigns.edit")
@require_POST
def mode(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Change between blocks and hand-written HTML: blocks become HTML, HTML gives way to new blocks."""
    campaign = campaign_of(request, campaign_id)
    made: BlockContent | OwnHtml = OwnHtml(campaign.mailing.html)
    if request.POST.get("to") == "blocks":
        made = BlockContent(blocks.read_blocks(blocks.default_blocks()), Theme())
    try:
        actions.save_content(campaign=campaign, content=made, by=user_of(request))
    except WrongStatus as error:
        return refuse(request, campaign, error)
    return redirect("campaigns:content", campaign.pk)


@allow("campaigns.edit")
@require_POST
def upload(request: HttpRequest) -> JsonResponse:
    """Keep an uploaded picture and say where it is: an address that recipients can load it from."""
    file = request.FILES.get("file")
    if file is None:
        return JsonResponse({"message": _("There is no file.")}, status=422)
    try:
        name = actions.keep_picture(file=file, by=user_of(request))
    except actions.PictureRefused as error:
        return JsonResponse({"message": str(error)}, status=422)
    return JsonResponse({"url": f"{settings.BASE_URL}{reverse('campaigns:picture', args=[name])}"})


@allow("campaigns.view")
@require_safe
def canvas(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """The content as the editor shows it, in a frame that our page may measure and nothing can run in."""
    campaign = campaign_of(request, campaign_id)
    mailing = campaign.mailing
    html = mailing.html
    if mailing.blocks:
        html = blocks.render_blocks(blocks.read_blocks(mailing.blocks), blocks.read_theme(mailing.theme))
    response = HttpResponse(blocks.show_liquid(html, merge_labels()))
    response.headers["Content-Security-Policy"] = CANVAS_POLICY
    return response


@allow("campaigns.view")
@require_safe
def preview(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """The dialog that shows the campaign as a contact would get it."""
    campaign = campaign_of(request, campaign_id)
    contact = _contact(request)
    filled, problems = preview_as(campaign, contact)
    context = {"campaign": campaign, "contact": contact, "filled": filled, "problems": problems}
    return render(request, "campaigns/parts/preview.html", context)


@allow("campaigns.view")
@require_safe
def preview_frame(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """The filled HTML (or the text part), in a frame of its own."""
    filled, problems = preview_as(campaign_of(request, campaign_id), _contact(request))
    if filled is None:
        return as_document(
            format_html("<ul>{}</ul>", format_html_join("", "<li>{}</li>", ((str(p),) for p in problems)))
        )
    if request.GET.get("part") == "text":
        return as_document(
            format_html('<pre style="white-space:pre-wrap;font:14px/1.5 monospace">{}</pre>', filled.text)
        )
    return as_document(filled.html)


@allow("contacts.view")
@require_safe
def preview_contacts(request: HttpRequest) -> JsonResponse:
    """Contacts for the preview's picker."""
    rows = Contact.objects.visible_to(user_of(request)).search(request.GET.get("q", "")).order_by("-id")[:10]
    return JsonResponse([{"value": row.pk, "text": row.name, "note": row.email} for row in rows], safe=False)


def _contact(request: HttpRequest) -> Contact | None:
    value = request.GET.get("contact", "")
    if not value.isdecimal() or len(value) > 18:
        return None
    found: Contact = get_object_or_404(Contact.objects.visible_to(user_of(request)), pk=int(value))
    return found
