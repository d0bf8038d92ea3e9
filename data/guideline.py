"""The labels of the annotation guideline (docs/annotation.md), each with what it covers.

These describe the guideline, for validation and for readers. The label set of a model comes from its training corpus.
"""

ENTITY_TYPES = {
    "PERS": "person",
    "NORP": "nationality, religious, ethnic or political group",
    "OCC": "post or title",
    "ORG": "organisation",
    "GPE": "country, city or province",
    "LOC": "natural or geographical region",
    "FAC": "building, camp, crossing, road, airport",
    "EVENT": "named event",
    "DATE": "date or period",
    "TIME": "part of a day",
    "LAW": "law or treaty",
    "PRODUCT": "product, weapon, vehicle or work",
    "LANGUAGE": "language",
    "WEBSITE": "site or handle",
    "CARDINAL": "number",
    "ORDINAL": "ordinal number",
    "PERCENT": "percentage",
    "QUANTITY": "measure",
    "MONEY": "amount of money",
    "UNIT": "unit of a measure",
    "CURR": "currency",
}
