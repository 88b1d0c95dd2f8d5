import PostgresLedger
import TestSupport
import Testing

@Suite struct ConnectionTests {
    @Test(arguments: [("", "4MB"), ("&options=-c%20work_mem%3D8MB", "8MB"), ("&options=-c%20jit%3Don", "4MB")])
    func `a session's parameters are set as it connects, beside the connection string's`(
        _ more: String,
        _ memory: String
    ) throws {
        let database = try TestDatabase.make()
        let connection = try PostgresConnection(
            url: database.servingURL + more,
            timeout: .seconds(10),
            session: [("jit", "off"), ("lock_timeout", "250")]
        )
        let shown = Statement(
            "shown",
            "SELECT concat_ws(' ', current_setting('jit'), current_setting('lock_timeout'), current_setting('work_mem'))"
        )
        let values = try connection.run(Call(shown)).map { (row) throws(PostgresError) in try row.text() }
        #expect(values == ["off 250ms \(memory)"])
    }

    @Test func `what is said of a malformed connection string quotes nothing of it`() {
        #expect(throws: PostgresError.disconnected("the connection string is malformed")) {
            try PostgresConnection(url: "postgresql://aval:secret@[::1", timeout: .seconds(1))
        }
    }
}
