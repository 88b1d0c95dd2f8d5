/// One running Aval for all tests that neither stop it nor change what others see.
enum SharedServer {
    private static let started = Result { () throws -> (AvalProcess.Installation, AvalProcess) in
        let installation = try AvalProcess.Installation.make()
        return (installation, try AvalProcess(installation))
    }

    static var server: AvalProcess {
        get throws { try started.get().1 }
    }

    static var installation: AvalProcess.Installation {
        get throws { try started.get().0 }
    }

    static var client: Client {
        get throws { Client(try server, try installation) }
    }
}
