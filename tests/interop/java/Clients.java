import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.apache.jena.sparql.exec.http.QueryExecutionHTTP;
import org.eclipse.rdf4j.query.QueryResults;
import org.eclipse.rdf4j.repository.sparql.SPARQLRepository;

/**
 * Arguments: an endpoint, a table of queries (name, form, number of results, file). ARQ and RDF4J send each. Prints
 * the tool and the name of each case, and what came of it.
 */
public class Clients {
    public static void main(String[] arguments) throws IOException {
        var remote = new SPARQLRepository(arguments[0]);
        for (var line : Files.readAllLines(Path.of(arguments[1]))) {
            var fields = line.split("\t");
            var text = Files.readString(Path.of(fields[3]));
            var number = Long.parseLong(fields[2]);
            report("ARQ: " + fields[0], number, () -> {
                try (var query = QueryExecutionHTTP.service(arguments[0], text)) {
                    return switch (fields[1]) {
                        case "SELECT" -> query.execSelect().materialise().rewindable().size();
                        case "ASK" -> query.execAsk() ? 1L : 0L;
                        case "DESCRIBE" -> query.execDescribe().size();
                        default -> query.execConstruct().size();
                    };
                }
            });
            report("RDF4J: " + fields[0], number, () -> {
                try (var connection = remote.getConnection()) {
                    return switch (fields[1]) {
                        case "SELECT" -> QueryResults.asList(connection.prepareTupleQuery(text).evaluate()).size();
                        case "ASK" -> connection.prepareBooleanQuery(text).evaluate() ? 1L : 0L;
                        default -> QueryResults.asModel(connection.prepareGraphQuery(text).evaluate()).size();
                    };
                }
            });
        }
        remote.shutDown();
    }

    static void report(String name, long wanted, Callable<Number> ask) {
        String outcome;
        try {
            var found = ask.call().longValue();
            outcome = found == wanted ? "" : found + " results instead of " + wanted;
        } catch (Exception error) {
            outcome = (error.getClass().getSimpleName() + ": " + error.getMessage()).replaceAll("\\s+", " ");
        }
        System.out.println(name + "\t" + outcome);
    }
}
