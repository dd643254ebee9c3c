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
            load(repository, arguments[2], false);
            return violated(repository, arguments[1]) != null;
        });
        report("ShaclSail finds no violation in the data", () -> {
            var shapes = violated(repository, arguments[1]);
            if (!shapes.isEmpty()) {
                throw new IllegalStateException("violated: " + shapes);
            }
            return true;
        });
        repository.shutDown();
        remote.shutDown();
    }

    static void load(SailRepository repository, String file, boolean isShapes) throws Exception {
        try (var connection = repository.getConnection(); var stream = new FileInputStream(file)) {
            connection.begin();
            if (isShapes) {
                connection.add(stream, "", RDFFormat.NTRIPLES, RDF4J.SHACL_SHAPE_GRAPH);
            } else {
                connection.add(stream, "", RDFFormat.NTRIPLES);
            }
            connection.commit();
        }
    }

    /** The shapes that the data violate. They are loaded after the data: an empty graph violates some. */
    static TreeSet<String> violated(SailRepository repository, String shapes) throws Exception {
        var found = new TreeSet<String>();
        try {
            load(repository, shapes, true);
        } catch (RepositoryException error) {
            if (!(error.getCause() instanceof ShaclSailValidationException refused)) {
                throw error;
            }
            var report = refused.validationReportAsModel();
            for (var result : report.filter(null, SHACL.RESULT_SEVERITY, SHACL.VIOLATION).subjects()) {
                report.getStatements(result, SHACL.SOURCE_SHAPE, null).forEach(each -> found.add(each.getObject().stringValue()));
            }
        }
        return found;
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
