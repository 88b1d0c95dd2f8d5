import ArgumentParser
import Service

@main
enum Aval {
    static func main() async { await AvalCommand.start() }
}
