import java.io.File;
import org.semanticweb.owlapi.apibinding.OWLManager;
import org.semanticweb.owlapi.profiles.Profiles;

/** Argument: a file with an ontology. Prints each violation of the OWL 2 DL profile that the OWL API finds. */
public class OwlProfile {
    public static void main(String[] arguments) throws Exception {
        var ontology = OWLManager.createOWLOntologyManager().loadOntologyFromOntologyDocument(new File(arguments[0]));
        System.out.println("read\t" + ontology.getAxiomCount());
        for (var violation : Profiles.OWL2_DL.checkOntology(ontology).getViolations()) {
            System.out.println("violation\t" + violation.toString().replaceAll("\\s+", " "));
        }
    }
}
