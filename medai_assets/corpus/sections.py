"""From each source's own section names to the shared vocabulary, as tables a person can read and correct.

What belongs here: names and where they go. A name that no table knows becomes ``other`` and is counted as unmapped;
what a publisher prints that is no text for a reader (package pictures, ingredient codes) is listed as left out.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Field(NamedTuple):
    """Where a label's field goes: section, heading for people, and who it is written for when not the prescriber."""

    section: str
    heading: str
    audience: str | None = None


# openFDA drug label fields: https://open.fda.gov/apis/drug/label/searchable-fields/
FDA_FIELDS: dict[str, Field] = {
    "boxed_warning": Field("boxed_warning", "Boxed warning"),
    "indications_and_usage": Field("indications", "Indications and usage"),
    "purpose": Field("indications", "Purpose"),
    "dosage_and_administration": Field("dosage", "Dosage and administration"),
    "dosage_forms_and_strengths": Field("how_supplied", "Dosage forms and strengths"),
    "contraindications": Field("contraindications", "Contraindications"),
    "do_not_use": Field("do_not_use", "Do not use"),
    "ask_doctor": Field("ask_doctor", "Ask a doctor before use"),
    "ask_doctor_or_pharmacist": Field("ask_doctor", "Ask a doctor or pharmacist before use"),
    "when_using": Field("warnings", "When using this product"),
    "stop_use": Field("stop_use", "Stop use and ask a doctor"),
    "pregnancy_or_breast_feeding": Field("pregnancy", "Pregnancy or breast-feeding"),
    "keep_out_of_reach_of_children": Field("overdose", "Keep out of reach of children"),
    "warnings_and_cautions": Field("warnings", "Warnings and precautions"),
    "warnings": Field("warnings", "Warnings"),
    "precautions": Field("warnings", "Precautions"),
    "general_precautions": Field("warnings", "General precautions"),
    "user_safety_warnings": Field("warnings", "Safety warnings"),
    "other_safety_information": Field("warnings", "Other safety information"),
    "drug_abuse_and_dependence": Field("warnings", "Drug abuse and dependence"),
    "abuse": Field("warnings", "Abuse"),
    "dependence": Field("warnings", "Dependence"),
    "controlled_substance": Field("warnings", "Controlled substance"),
    "adverse_reactions": Field("adverse_reactions", "Adverse reactions"),
    "drug_interactions": Field("interactions", "Drug interactions"),
    "drug_and_or_laboratory_test_interactions": Field("interactions", "Laboratory test interactions"),
    "pregnancy": Field("pregnancy", "Pregnancy"),
    "teratogenic_effects": Field("pregnancy", "Teratogenic effects"),
    "nonteratogenic_effects": Field("pregnancy", "Nonteratogenic effects"),
    "labor_and_delivery": Field("pregnancy", "Labor and delivery"),
    "females_and_males_of_reproductive_potential": Field("pregnancy", "Females and males of reproductive potential"),
    "nursing_mothers": Field("lactation", "Nursing mothers"),
    "lactation": Field("lactation", "Lactation"),
    "pediatric_use": Field("pediatric_use", "Pediatric use"),
    "geriatric_use": Field("geriatric_use", "Geriatric use"),
    "use_in_specific_populations": Field("warnings", "Use in specific populations"),
    "overdosage": Field("overdose", "Overdosage"),
    "mechanism_of_action": Field("mechanism", "Mechanism of action"),
    "pharmacodynamics": Field("mechanism", "Pharmacodynamics"),
    "pharmacokinetics": Field("pharmacokinetics", "Pharmacokinetics"),
    "pharmacogenomics": Field("pharmacokinetics", "Pharmacogenomics"),
    "microbiology": Field("mechanism", "Microbiology"),
    "clinical_pharmacology": Field("mechanism", "Clinical pharmacology"),
    "clinical_studies": Field("research", "Clinical studies"),
    "description": Field("description", "Description"),
    "active_ingredient": Field("description", "Active ingredient"),
    "how_supplied": Field("how_supplied", "How supplied"),
    "storage_and_handling": Field("storage", "Storage and handling"),
    "disposal_and_waste_handling": Field("storage", "Disposal"),
    "safe_handling_warning": Field("storage", "Safe handling"),
    "laboratory_tests": Field("diagnosis", "Laboratory tests"),
    "information_for_patients": Field("patient_information", "Patient counseling information"),
    "information_for_owners_or_caregivers": Field("patient_information", "Information for caregivers", "consumer"),
    "spl_medguide": Field("patient_information", "Medication guide", "consumer"),
    "spl_patient_package_insert": Field("patient_information", "Patient information", "consumer"),
    "patient_medication_information": Field("patient_information", "Patient information", "consumer"),
    "instructions_for_use": Field("dosage", "Instructions for use", "consumer"),
    "nonclinical_toxicology": Field("other", "Nonclinical toxicology"),
    "carcinogenesis_and_mutagenesis_and_impairment_of_fertility": Field("other", "Carcinogenesis, mutagenesis, fertility"),
    "animal_pharmacology_and_or_toxicology": Field("other", "Animal pharmacology or toxicology"),
    "risks": Field("warnings", "Risks"),
    "health_claim": Field("indications", "Health claim"),
    "statement_of_identity": Field("description", "Statement of identity"),
    "spl_unclassified_section": Field("other", ""),
}  # fmt: skip

# Fields that hold no text for a reader: codes, pictures, addresses, lists of literature and of changes.
FDA_LEFT_OUT = frozenset(
    {
        "id", "set_id", "version", "effective_time", "openfda", "spl_product_data_elements",
        "spl_indexing_data_elements", "package_label_principal_display_panel", "recent_major_changes", "references",
        "questions", "inactive_ingredient", "route", "components",
    }
)  # fmt: skip

NHS_ASPECTS: dict[str, str] = {
    "Overview": "overview",
    "Symptoms": "symptoms",
    "Causes": "causes",
    "Contagiousness": "causes",
    "Screening": "diagnosis",
    "Diagnosis": "diagnosis",
    "Treatments": "treatment",
    "SelfCare": "self_care",
    "Prevention": "prevention",
    "Prognosis": "outlook",
    "Stages": "outlook",
    "RisksOrComplications": "complications",
    "Types": "overview",
    "MedicalHelpUrgent": "care_urgent",
    "MedicalHelpEmergency": "care_emergency",
    "MedicalHelpNonUrgent": "care_non_urgent",
    "MedicalHelp": "care_non_urgent",
    "Suitability": "contraindications",
    "UsageOrSchedule": "dosage",
    "Ingredients": "description",
    "HowItWorks": "mechanism",
    "SideEffects": "adverse_reactions",
    "Interactions": "interactions",
    "Pregnancy": "pregnancy",
    "Safety": "warnings",
    "LivingWith": "support",
    "Benefits": "treatment",
    "Effectiveness": "treatment",
    "GettingAccess": "support",
    "Preparation": "diagnosis",
    "WhatHappens": "diagnosis",
}

# The level of an NHS care card, by the names its two API shapes use.
NHS_CARDS = {"immediate": "care_emergency", "urgent": "care_urgent", "non-urgent": "care_non_urgent"}

MEDQUAD_TYPES: dict[str, str] = {
    "information": "overview",
    "symptoms": "symptoms",
    "causes": "causes",
    "exams and tests": "diagnosis",
    "treatment": "treatment",
    "prevention": "prevention",
    "outlook": "outlook",
    "stages": "outlook",
    "complications": "complications",
    "considerations": "self_care",
    "susceptibility": "risk_factors",
    "frequency": "frequency",
    "inheritance": "inheritance",
    "genetic changes": "genetics",
    "research": "research",
    "support groups": "support",
    "when to contact a medical professional": "ask_doctor",
    "side effects": "adverse_reactions",
    "severe reaction": "adverse_reactions",
    "emergency or overdose": "overdose",
    "important warning": "warnings",
    "precautions": "warnings",
    "contraindication": "contraindications",
    "usage": "dosage",
    "dose": "dosage",
    "forget a dose": "dosage",
    "dietary": "self_care",
    "storage and disposal": "storage",
    "indication": "indications",
    "how effective is it": "treatment",
    "how does it work": "mechanism",
    "interaction": "interactions",
    "interactions with medications": "interactions",
    "interactions with herbs and supplements": "interactions",
    "interactions with foods": "interactions",
    "brand names": "description",
    "brand names of combination products": "description",
    "other information": "other",
}

# Labels of structured abstracts: NLM's own category decides first (https://www.nlm.nih.gov/bsd/policy/structured_abstracts.html),
# then the printed label where the category is UNASSIGNED or missing.
PUBMED_CATEGORIES = {
    "BACKGROUND": "background",
    "OBJECTIVE": "objective",
    "METHODS": "methods",
    "RESULTS": "results",
    "CONCLUSIONS": "conclusions",
}
PUBMED_LABELS: tuple[tuple[str, str], ...] = (
    (r"conclusion|interpretation|implication|take.?home|summary|significance|recommendation|clinical relevance|bottom line|lessons?", "conclusions"),
    (r"result|finding|outcome of|observation|case presentation|patient concern|case (?:report|summary|history|series|description)|evidence synthesis|diagnos[ie]s|interventions?$|outcomes?$", "results"),
    (r"method|design|setting|participant|patient|subject|material|procedure|measure|intervention|statistic|data|search|selection|population|sample|analysis|eligib|approach|technique|study|trial|sources?|experiment", "methods"),
    (r"objective|aim|purpose|goal|hypothes|question|scope", "objective"),
    (r"background|introduction|context|rationale|importance|what is|known|overview|abstract|description|unlabelled", "background"),
)  # fmt: skip

# Headings of pages for the public (NHS, CDC): the first pattern found in the heading decides.
PAGE_HEADINGS: tuple[tuple[str, str], ...] = (
    (r"\b(?:call|dial|phone) (?:999|911)\b|\bgo to a ?& ?e\b|\b(?:emergency|immediate(?:ly)?) (?:care|help|medical|action|warning|signs)|\bmedical emergency\b|\bemergency (?:room|department)|poison (?:control|help)|\bwhen .*\b(?:911|999)\b|warning signs (?:of (?:a )?(?:heart attack|stroke))", "care_emergency"),
    (r"\burgent(?:ly)?\b|\bcall 111\b|\bcontact 111\b|\bsame.day (?:appointment|care|help)\b|right away|call your (?:doctor|provider).*\bnow\b", "care_urgent"),
    (r"\bpharmacist can\b|\bask a pharmacist\b|\b(?:see|speak to|talk to) (?:a|your) pharmacist\b", "care_pharmacist"),
    (r"\bnon-urgent\b|\bsee (?:a|your) (?:gp|doctor|dentist|health ?care provider)|\bwhen to (?:seek|get|see|call|contact|ask)|\bseek(?:ing)? medical (?:care|attention|advice)|\bgetting medical help\b|talk (?:to|with) (?:a|your) (?:doctor|health ?care|gp|provider)", "care_non_urgent"),
    (r"first aid|self.?care|look(?:ing)? after yourself|things you can (?:try|do)|treat(?:ing)? .* (?:at home|yourself)|at home|what (?:to|you can) do|how to (?:ease|relieve|cope)|do it yourself|steps? (?:you can|to) (?:take )?(?:feel|manag)|living (?:well|healthy)|\bmanage[ds]?\b|managing\b|what should i do|what can i do|what if i", "self_care"),
    (r"how (?:well|effective)\b", "treatment"),
    (r"side.effects|adverse", "adverse_reactions"),
    (r"breast.?feed", "lactation"),
    (r"pregnan", "pregnancy"),
    (r"interact|other medicines|taking .* with other", "interactions"),
    (r"overdose|taking? too much|take too (?:much|many)", "overdose"),
    (r"who (?:can|may|cannot|can't|should not|shouldn't)\b.*\b(?:take|use|have|get)|not (?:be )?suitable|contraindic", "contraindications"),
    (r"how (?:and when|to|often) (?:to )?(?:take|use|apply|have)|dosage|dose", "dosage"),
    (r"how (?:does )?(?:it|the medicine|.*) works?\b", "mechanism"),
    (r"symptom|signs?\b|what it (?:feels|looks) like|check if (?:you|it)", "symptoms"),
    (r"(?:at|higher|high|greater|more|increased)[- ]?risk|risk factors?|who (?:gets|is affected|is at|can get|can be|is more likely)|who's affected|more likely", "risk_factors"),
    (r"^risks? of|complication|long.?term (?:effects|problems)|health problems", "complications"),
    (r"prevent|protect|avoid|reduc(?:e|ing) (?:your|the) (?:risk|chance)|lower(?:ing)? (?:your|the) risk|vaccin|stop .* spread|stay(?:ing)? safe|keep .* safe|prepare", "prevention"),
    (r"caus|how (?:it|they) spreads?|how (?:do )?(?:people|you) get|how .* (?:is |are )?(?:spread|caught)|spread|transmi|trigger|why (?:do|does|it)\b", "causes"),
    (r"diagnos|test(?:s|ed|ing)?\b|screen|what happens (?:at|during|when)", "diagnosis"),
    (r"treat|medicine|therapy|surgery|recover|antibiotic", "treatment"),
    (r"outlook|prognosis|how long (?:does|do|will|it|is)\b(?!.*\b(?:take|use)\b)|what to expect", "outlook"),
    (r"inherit|genetic", "genetics"),
    (r"how common|facts about .* in the|statistics|burden|data", "frequency"),
    (r"support|help(?:line| and)|charit|cope|coping|living with|community|resources", "support"),
    (r"storage|how to store|storing", "storage"),
    (r"research|clinical trial", "research"),
    (r"^why .* (?:used|done)|^about\b|overview|what (?:is|are|it is|happens)|key (?:facts|points)|basics|at a glance|facts?\b|summary|types? of", "overview"),
)  # fmt: skip

_PAGE_HEADINGS = [(re.compile(pattern, re.IGNORECASE), section) for pattern, section in PAGE_HEADINGS]
_PUBMED_LABELS = [(re.compile(pattern, re.IGNORECASE), section) for pattern, section in PUBMED_LABELS]


def page_section(heading: str) -> str | None:
    """Section of a page's heading, None when no pattern fits."""
    return next((section for pattern, section in _PAGE_HEADINGS if pattern.search(heading)), None)


def pubmed_section(label: str | None, category: str | None) -> str | None:
    """Section of a structured abstract's part; ``abstract`` for an unlabelled one, None when neither name is known."""
    if not label and not category:
        return "abstract"
    if category and category.upper() in PUBMED_CATEGORIES:
        return PUBMED_CATEGORIES[category.upper()]
    return next((s for pattern, s in _PUBMED_LABELS if label and pattern.search(label)), None)
