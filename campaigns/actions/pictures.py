"""Pictures of emails: kept where every machine finds them (Django's storage), named by what is in them."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from campaigns.pictures import MAX_BYTES, extension_of, place_of

if TYPE_CHECKING:
    from django.core.files import File

    from contacts.models import User


class PictureRefused(Exception):
    """A file that is no picture mail clients show, or too large."""

    permanent = True


def keep_picture(*, file: File[bytes], by: User | None) -> str:
    """Store an uploaded picture and return its name; the same picture twice is one. Raises PictureRefused."""
    if (file.size or 0) > MAX_BYTES:
        size, limit = round((file.size or 0) / 1_000_000, 1), MAX_BYTES // 1_000_000
        raise PictureRefused(_("The picture has %(size)s MB; at most %(limit)s MB.") % {"size": size, "limit": limit})
    data = file.read()
    extension = extension_of(data)
    if not extension:
        raise PictureRefused(_("This is no PNG, JPEG, GIF or WebP picture."))
    # Nobody can guess a name, and nobody can overwrite what was sent already.
    name = f"{sha256(data).hexdigest()[:32]}.{extension}"
    if not default_storage.exists(place_of(name)):
        default_storage.save(place_of(name), ContentFile(data))
    return name
