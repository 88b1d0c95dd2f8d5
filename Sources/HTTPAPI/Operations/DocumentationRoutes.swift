import Foundation
import HTTPTypes
import Hummingbird

/// The OpenAPI document and Swagger UI over it, without anything from elsewhere.
struct DocumentationRoutes: Sendable {
    /// The only files that are ever read or served: no name of a request reaches the file system.
    private static let contentTypes = [
        "swagger-ui.css": "text/css; charset=utf-8",
        "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
        "swagger-ui-standalone-preset.js": "text/javascript; charset=utf-8",
        "favicon-16x16.png": "image/png",
        "favicon-32x32.png": "image/png",
    ]
    private static let needed = ["swagger-ui.css", "swagger-ui-bundle.js"]

    private let document: [UInt8]?
    private let files: [String: [UInt8]]

    init(_ services: HTTPServices) {
        document = services.openAPIDocument
        var files: [String: [UInt8]] = [:]
        if let directory = services.swaggerUIDirectory {
            for name in Self.contentTypes.keys {
                let url = URL(fileURLWithPath: directory, isDirectory: true).appendingPathComponent(name)
                files[name] = (try? Data(contentsOf: url)).map { Array($0) }
            }
        }
        self.files = files
    }

    @Sendable func getDocument(_ request: Request, _ context: APIContext) throws -> Response {
        guard let document else {
            throw Problem(.notFound, "This server was started without the file `openapi/aval.yaml`.")
        }
        return bytesResponse(document, "application/yaml; charset=utf-8")
    }

    @Sendable func getPage(_ request: Request, _ context: APIContext) -> Response {
        let isComplete = Self.needed.allSatisfy { files[$0] != nil }
        let page = isComplete ? DocumentationPage.swaggerUI : DocumentationPage.incomplete
        var response = bytesResponse(Array(page.utf8), "text/html; charset=utf-8")
        response.headers[.contentSecurityPolicy] =
            "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"
        return response
    }

    @Sendable func getFile(_ request: Request, _ context: APIContext) throws -> Response {
        let name = context.parameters.get("file") ?? ""
        if name == DocumentationPage.scriptName {
            return bytesResponse(Array(DocumentationPage.script.utf8), "text/javascript; charset=utf-8")
        }
        guard let contentType = Self.contentTypes[name], let bytes = files[name] else {
            throw Problem(.notFound, "Open `/docs`; it says which files are missing, if any.")
        }
        return bytesResponse(bytes, contentType)
    }
}

private enum DocumentationPage {
    static let scriptName = "aval.js"

    static let swaggerUI = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Aval: the HTTP API</title>
        <link rel="stylesheet" href="/docs/swagger-ui.css">
        </head>
        <body>
        <div id="swagger-ui"></div>
        <script src="/docs/swagger-ui-bundle.js"></script>
        <script src="/docs/\(scriptName)"></script>
        </body>
        </html>

        """

    static let script = """
        window.ui = SwaggerUIBundle({
          url: "/openapi.yaml",
          dom_id: "#swagger-ui",
          deepLinking: true,
          validatorUrl: null
        });

        """

    static let incomplete = """
        <!doctype html>
        <html lang="en">
        <head><meta charset="utf-8"><title>Aval: the HTTP API</title></head>
        <body>
        <h1>Swagger UI is missing</h1>
        <p>The API is described in <a href="/openapi.yaml">/openapi.yaml</a>.</p>
        <p>To read it here, give the server a folder with <code>swagger-ui.css</code> and
        <code>swagger-ui-bundle.js</code> of Swagger UI 5. The PyPI package <code>drf-spectacular-sidecar</code>
        holds them under <code>static/drf_spectacular_sidecar/swagger-ui-dist</code>; <code>make run</code> gets it.
        Then start the server again.</p>
        </body>
        </html>

        """
}
