"""Closed vocabularies that the graph, the schemas and the stages share, without anything heavy."""

SOURCES = ("fda", "pubmed", "pubmed_bulk", "nhs", "cdc", "medquad", "huggingface")
KINDS = (
    "question_answer",
    "drug_information",
    "symptom_analysis",
    "safety_refusal",
    "emergency_escalation",
    "triage_recommendation",
)
AUDIENCES = ("consumer", "professional")
SPLITS = ("train", "validation")
TRIAGE_LEVELS = ("self_care", "primary_care", "urgent", "emergency")

# The shared section vocabulary; each source's own names are mapped to it in corpus/sections.py.
SECTIONS = (
    "overview",
    "indications",
    "dosage",
    "contraindications",
    "boxed_warning",
    "warnings",
    "adverse_reactions",
    "interactions",
    "pregnancy",
    "lactation",
    "pediatric_use",
    "geriatric_use",
    "overdose",
    "mechanism",
    "pharmacokinetics",
    "description",
    "storage",
    "how_supplied",
    "stop_use",
    "ask_doctor",
    "do_not_use",
    "patient_information",
    "symptoms",
    "causes",
    "risk_factors",
    "diagnosis",
    "treatment",
    "prevention",
    "outlook",
    "complications",
    "self_care",
    "care_pharmacist",
    "care_non_urgent",
    "care_urgent",
    "care_emergency",
    "inheritance",
    "frequency",
    "genetics",
    "research",
    "support",
    "background",
    "objective",
    "methods",
    "results",
    "conclusions",
    "abstract",
    "question",
    "answer",
    "other",
)

# Licence identifiers: SPDX where one exists, LicenseRef- otherwise. Meaning and policy: corpus/licences.py.
LICENCES = (
    "CC0-1.0",
    "CC-BY-4.0",
    "CC-BY-SA-4.0",
    "OGL-UK-3.0",
    "MIT",
    "Apache-2.0",
    "LicenseRef-US-Government-Work",
    "LicenseRef-PubMed-Abstract",
    "LicenseRef-Third-Party",
    "LicenseRef-None-Stated",
    "LicenseRef-medai-sample",
    "LicenseRef-medai-authored",
)
