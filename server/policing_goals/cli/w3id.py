"""The .htaccess file for w3id.org.

The permanent IRIs are w3id.org's; Apache redirects each to the service. 303 says that the target describes the thing
(httpRange-14); documents and files are themselves, and 302 leaves their address permanent.
"""

from urllib.parse import urlsplit

HTACCESS = """# https://w3id.org/global-policing-goals/
#
# INTERPOL's Global Policing Goals as linked data: a vocabulary of the Policing Goals project.
# Not affiliated with INTERPOL or the United Nations.
# Contact: see README.md

Options -MultiViews
RewriteEngine on
Header always set Access-Control-Allow-Origin "*"

# A slash too many is left out; the number sign of a term may come escaped.
RewriteRule ^((?:ontology|shapes|sparql|graph|[a-z]+-[A-Za-z0-9._-]+))/$ {base}$1 [R=308,L,NE]
RewriteRule ^(ontology|shapes)#(.*)$ {base}$1#$2 [R=308,L,NE]

# Documents and files are themselves.
RewriteRule ^((?:ontology|shapes)(?:-[0-9.]+[0-9])?(?:\\.(?:html|ttl|jsonld|rdf|nt|trig|nq))?)$ {base}$1 [R=302,L,NE]
RewriteRule ^(context(?:-[0-9.]+[0-9])?\\.jsonld)$ {base}$1 [R=302,L,NE]
RewriteRule ^((?:data|queries|sparql|graph)(?:/.*)?)$ {base}$1 [R=302,L,NE]
RewriteRule ^([A-Za-z0-9._-]+\\.(?:html|ttl|jsonld|rdf|nt|trig|nq))$ {base}$1 [R=302,L,NE]

# Things are described there. The service reads the Accept header.
RewriteRule ^([A-Za-z0-9._-]+)$ {base}$1 [R=303,L,NE]
RewriteRule ^$ {base} [R=302,L,NE]
"""


def htaccess(base_url: str) -> str:
    """The .htaccess for w3id.org that redirects to the service at an absolute URL."""
    parts = urlsplit(base_url)
    return HTACCESS.replace("{base}", f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}/")
