import AuthorizationEngine
import CardCryptography
import PostgresLedger

/// What needs the keys of cards.
struct CardModules {
    let verifier: CardVerifier
    let pins: PINModule
    let codes: CardCodes
    let held: HeldKeys

    init(_ keys: ModuleKeys, from source: any KeySource, _ profiles: PostgresCardProfiles, _ vault: PANVault) {
        verifier = CardVerifier(
            modules: keys.modules,
            keys: keys.held,
            source: source,
            profiles: profiles,
            vault: vault
        )
        pins = PINModule(module: keys.modules.payment, keys: keys.held, vault: vault)
        codes = CardCodes(modules: keys.modules, keys: keys.held, source: source, profiles: profiles)
        held = keys.held
    }
}
