import java.io.FileInputStream;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.eclipse.rdf4j.model.util.Values;
import org.eclipse.rdf4j.model.vocabulary.RDF;
import org.eclipse.rdf4j.model.vocabulary.RDF4J;
import org.eclipse.rdf4j.model.vocabulary.SHACL;
import org.eclipse.rdf4j.query.QueryResults;
import org.eclipse.rdf4j.repository.RepositoryException;
import org.eclipse.rdf4j.repository.sail.SailRepository;
import org.eclipse.rdf4j.repository.sparql.SPARQLRepository;
import org.eclipse.rdf4j.rio.RDFFormat;
import org.eclipse.rdf4j.sail.memory.MemoryStore;
import org.eclipse.rdf4j.sail.shacl.ShaclSail;
import org.eclipse.rdf4j.sail.shacl.ShaclSailValidationException;

/** Arguments: an endpoint, a file of shapes, a file of data. Prints the name of each case and what came of it. */
public class Rdf4j {
    static final String GPGO = "https://w3id.org/global-policing-goals/ontology#";

    public static void main(String[] arguments) {
        var remote = new SPARQLRepository(arguments[0]);
        report("SELECT", () -> {
            try (var connection = remote.getConnection()) {
                var query = connection.prepareTupleQuery("SELECT ?g { ?g a <" + GPGO + "Goal> } ORDER BY ?g");
                return QueryResults.asList(query.evaluate()).size() == 7;
            }
        });
        report("SELECT with a binding", () -> {
            try (var connection = remote.getConnection()) {
                var query = connection.prepareTupleQuery("SELECT ?g { ?g a ?class }");
                query.setBinding("class", Values.iri(GPGO + "Goal"));
                return QueryResults.asList(query.evaluate()).size() == 7;
            }
        });
        report("ASK", () -> {
            try (var connection = remote.getConnection()) {
                return connection.prepareBooleanQuery("ASK { ?g a <" + GPGO + "Goal> }").evaluate();
            }
        });
        report("CONSTRUCT", () -> {
            try (var connection = remote.getConnection()) {
                var query = connection.prepareGraphQuery("CONSTRUCT WHERE { ?g a <" + GPGO + "Goal> }");
                return QueryResults.asModel(query.evaluate()).size() == 7;
            }
        });
        report("getStatements", () -> {
            try (var connection = remote.getConnection()) {
                return connection.getStatements(null, RDF.TYPE, Values.iri(GPGO + "Goal")).stream().count() == 7;
            }
        });
        report("hasStatement", () -> {
            try (var connection = remote.getConnection()) {
                return connection.hasStatement(null, null, Values.iri(GPGO + "Goal"), false);
            }
        });
        report("size", () -> {
            try (var connection = remote.getConnection()) {
                return connection.size() > 20000;
            }
        });
        report("named graphs", () -> {
            try (var connection = remote.getConnection()) {
                return connection.getContextIDs().stream().count() > 10;
            }
        });
        var repository = new SailRepository(new ShaclSail(new MemoryStore()));
        report("ShaclSail takes the shapes", () -> {
            try (var connection = repository.getConnection()) {
                connection.begin();
                connection.add(new FileInputStream(arguments[1]), "", RDFFormat.NTRIPLES, RDF4J.SHACL_SHAPE_GRAPH);
                connection.commit();
                return true;
            }
        });
        report("ShaclSail finds no violation in the data", () -> {
            try (var connection = repository.getConnection()) {
                connection.begin();
                connection.add(new FileInputStream(arguments[2]), "", RDFFormat.NTRIPLES);
                connection.commit();
                return true;
            } catch (RepositoryException error) {
                if (!(error.getCause() instanceof ShaclSailValidationException refused)) {
                    throw error;
                }
                var violations = refused.validationReportAsModel().filter(null, SHACL.RESULT_SEVERITY, SHACL.VIOLATION).subjects();
                var shapes = new TreeSet<String>();
                for (var violation : violations) {
                    refused.validationReportAsModel().getStatements(violation, SHACL.SOURCE_SHAPE, null).forEach(found -> shapes.add(found.getObject().stringValue()));
                }
                if (shapes.isEmpty()) {
                    return true;
                }
                throw new IllegalStateException("violated: " + shapes);
            }
        });
        repository.shutDown();
        remote.shutDown();
    }

    static void report(String name, Callable<Boolean> check) {
        String outcome;
        try {
            outcome = check.call() ? "" : "another result";
        } catch (Exception error) {
            Throwable cause = error.getCause() == null ? error : error.getCause();
            outcome = (cause.getClass().getSimpleName() + ": " + cause.getMessage()).replaceAll("\\s+", " ");
        }
        System.out.println(name + "\t" + outcome);
    }
}
