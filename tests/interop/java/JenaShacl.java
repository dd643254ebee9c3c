import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.jena.riot.RDFDataMgr;
import org.apache.jena.shacl.ShaclValidator;
import org.apache.jena.shacl.Shapes;

/** Arguments: a file of shapes, a directory. Prints, for each file there, its name and the shapes that report. */
public class JenaShacl {
    public static void main(String[] arguments) throws Exception {
        var shapes = Shapes.parse(RDFDataMgr.loadGraph(arguments[0]));
        try (var files = Files.list(Path.of(arguments[1])).sorted()) {
            for (Path file : files.collect(Collectors.toList())) {
                var report = ShaclValidator.get().validate(shapes, RDFDataMgr.loadGraph(file.toString()));
                var names = new TreeSet<String>();
                report.getEntries().forEach(entry -> names.add(entry.source().getURI() + " " + entry.severity().level().getLocalName()));
                System.out.println(file.getFileName() + "\t" + String.join("\t", names));
            }
        }
    }
}
