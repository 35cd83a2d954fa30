"""Every projection that there is."""

from projections.caseload import CASELOAD
from projections.duties import DUTIES
from projections.employers import EMPLOYERS
from projections.outcomes import OUTCOMES
from projections.projection import Projection
from projections.requalification import REQUALIFICATION

PROJECTIONS: tuple[Projection, ...] = (CASELOAD, DUTIES, OUTCOMES, REQUALIFICATION, EMPLOYERS)
"""In the order in which they are shown."""
