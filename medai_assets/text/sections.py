"""From each source's own section names to the shared vocabulary, as tables a person can read and correct.

What belongs here: names and where they go. A name that no table knows becomes ``other`` and is counted as unmapped;
what a publisher prints that is no text for a reader (package pictures, ingredient codes) is listed as left out.
"""

from __future__ import annotations

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
