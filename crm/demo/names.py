"""Words that demo people and companies are made of. example.* domains only (RFC 2606): nothing can be delivered."""

FIRST = (
    "Amelia Noah Mila Liam Sofia Elias Emma Jonas Clara Theo Ines Hugo Lena Marek Olivia Pablo Freya Mateo Ida Felix "
    "Aisha Kenji Zofia Luca Nora Omar Elif Tomasz Maja Viktor Chloé René Björn Søren Łukasz Zoë Anaïs Jürgen Şule Iván"
).split()
LAST = (
    "Hartmann Lindqvist Okafor Moreau Rossi Novák Kowalska Jensen García Müller Schmidt Dubois Virtanen Tanaka Yılmaz "
    "Papadopoulos Silva Andersson O’Brien Ivanova Nowak Bianchi Fischer Larsen Petit Costa Weber Horváth Nilsson "
    "Van-Dijk Kaya Haddad Murphy Laurent Keller Popescu Marino Vogel Strand Castillo"
).split()
COMPANY_FIRST = (
    "Northwind Blueline Harbour Alpine Cobalt Evergreen Lantern Meridian Pinecrest Quayside Redwood Silverton Tandem "
    "Umbra Vantage Westmark Yellowbrick Zephyr Aurora Birchwood Clearwater Dovetail Eastgate Foxglove Granite"
).split()
COMPANY_SECOND = "Bikes Logistics Foods Couriers Health Labs Energy Studios Mobility Hotels Parcels Works".split()
JOBS = (
    "Head of Operations|Fleet Manager|Office Manager|Managing Director|Sustainability Lead|Procurement Manager|"
    "Workshop Lead|Logistics Planner|Marketing Manager|Facility Manager|Founder|Accountant"
).split("|")
PLACES = (
    ("Berlin", "Germany", "Europe/Berlin", "+49 30"),
    ("Hamburg", "Germany", "Europe/Berlin", "+49 40"),
    ("Vienna", "Austria", "Europe/Vienna", "+43 1"),
    ("Lyon", "France", "Europe/Paris", "+33 4"),
    ("Copenhagen", "Denmark", "Europe/Copenhagen", "+45 33"),
    ("Utrecht", "Netherlands", "Europe/Amsterdam", "+31 30"),
    ("Kraków", "Poland", "Europe/Warsaw", "+48 12"),
    ("Valencia", "Spain", "Europe/Madrid", "+34 96"),
    ("Bristol", "United Kingdom", "Europe/London", "+44 117"),
    ("Zürich", "Switzerland", "Europe/Zurich", "+41 44"),
)
TAGS = "fleet-buyer decision-maker webinar-october trial-user newsletter-fan partner invoice-late trade-fair".split()
