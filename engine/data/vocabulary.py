"""Words, in English, German, French and Spanish, by which columns about people are known; without accents."""


def _words(text: str) -> frozenset[str]:
    return frozenset(" ".join(word.split()) for word in text.split(","))


# Column names as words in lower case, one space between two words.
PERSONAL_NAMES: dict[str, frozenset[str]] = {
    "e-mail address": _words("""
        email, e mail, mail, email address, e mail address, mail address, emailadresse, e mail adresse, courriel,
        adresse email, adresse mail, correo, correo electronico, contact email
    """),
    "phone number": _words("""
        phone, phone number, telephone, telephone number, mobile, mobile number, mobile phone, cell phone, cellphone,
        contact phone number, contact phone, contact number, fax, telefon, telefonnummer, tel, handy, handynummer,
        mobilnummer, rufnummer, numero de telephone, portable, telefono, movil, numero de telefono, phone no, tel no,
        msisdn
    """),
    "name": _words("""
        full name, first name, last name, surname, family name, given name, middle name, maiden name, forename,
        firstname, lastname, fullname, vorname, nachname, familienname, vor und nachname, prenom, nom de famille, nom
        complet, nom et prenom, apellido, apellidos, nombre completo, nombre y apellidos, customer name, client name,
        employee name, patient name, applicant name, person name, contact name, kundenname, nom du client, nombre del
        cliente, student name
    """),
    "identity number": _words("""
        ssn, social security number, social security no, social security, passport, passport number, passport no,
        national id, national identity number, identity number, identity card, id card, id card number, tax id, tax
        number, nino, national insurance number, driving licence, driver license, drivers license, license number,
        sozialversicherungsnummer, steuernummer, steuer id, ausweisnummer, personalausweis, personalausweisnummer,
        reisepass, reisepassnummer, krankenversichertennummer, numero de securite sociale, securite sociale, nir,
        numero de passeport, passeport, carte d identite, dni, nie, nif, pasaporte, numero de pasaporte, seguridad
        social, curp, cpf, steuer identifikationsnummer, steueridentifikationsnummer, rentenversicherungsnummer,
        identifikationsnummer, ahv nummer, numero fiscal, numero ss, no ss, documento de identidad, cedula, numero de
        identidad, numero de seguridad social, sozialversicherungsnr, ssn number, id number
    """),
    "licence plate": _words("""
        license plate, licence plate, number plate, plate number, plate, kennzeichen, kfz kennzeichen,
        autokennzeichen, nummernschild, immatriculation, plaque d immatriculation, numero d immatriculation,
        matricula, placa, numero de placa
    """),
    "network address": _words("""
        ip, ip address, ip adresse, ip addr, client ip, remote addr, adresse ip, direccion ip, mac address, mac
        adresse
    """),
    "bank account": _words("""
        iban, bank account, bank account number, account number, kontonummer, bankverbindung, compte bancaire, numero
        de compte, cuenta bancaria, numero de cuenta, card number, credit card number, kreditkartennummer, kreditkarte
        nummer, bic iban
    """),
    "address": _words("""
        address, street, street address, home address, postal address, mailing address, address line 1, address line
        2, billing address, shipping address, adresse, anschrift, strasse, hausnummer, strasse und hausnummer,
        wohnanschrift, rue, adresse postale, direccion, calle, domicilio
    """),
    "date of birth": _words("""
        date of birth, birth date, birthdate, birthday, dob, geburtsdatum, geburtstag, geboren am, date de naissance,
        fecha de nacimiento, fecha nacimiento, date naissance
    """),
}
# These alone may also name a product or a town; the values decide.
MAYBE_A_NAME = _words("name, names, nom, nombre")

SENSITIVE_NAMES: dict[str, frozenset[str]] = {
    "sex": _words("""
        sex, gender, geschlecht, sexe, sexo, genero, biological sex, gender identity, geschl, female, male, weiblich,
        mannlich, femme, mujer
    """),
    "race": _words("""
        race, ethnicity, ethnic group, ethnic, ethnic origin, ethnic background, race ethnicity, skin color, skin
        colour, rasse, ethnie, ethnische herkunft, hautfarbe, origine ethnique, raza, etnia, origen etnico, color de
        piel, hispanic, hispanic origin, latino, applicant race, applicant ethnicity
    """),
    "religion": _words("""
        religion, religious affiliation, faith, denomination, religious, konfession, glaube, kirche,
        religionszugehorigkeit, religionsgemeinschaft, kirchensteuermerkmal, appartenance religieuse, confession,
        culte, religion pratiquee, confesion, creencia
    """),
    "nationality": _words("""
        nationality, citizenship, citizen, native country, country of birth, birth country, national origin, country
        of origin, place of birth, birthplace, immigrant, migrant, migration background, foreigner, foreign worker,
        nationalitat, staatsangehorigkeit, staatsburgerschaft, geburtsland, geburtsort, migrationshintergrund,
        herkunftsland, nationalite, pays de naissance, citoyennete, lieu de naissance, nacionalidad, ciudadania, pais
        de nacimiento, lugar de nacimiento, pais de origen, mother tongue, native language, muttersprache, langue
        maternelle, lengua materna, auslander, etranger, extranjero, residence permit, aufenthaltstitel,
        aufenthaltsstatus, immigration status
    """),
    "disability": _words("""
        disability, disabled, handicap, handicapped, disability status, has disability, behinderung,
        schwerbehinderung, behindert, schwerbehindert, grad der behinderung, invalidite, situation de handicap,
        discapacidad, minusvalia, discapacitado, impairment, gdb, degree of disability, grado de discapacidad, rqth,
        taux d invalidite, differently abled, wheelchair user
    """),
    "marital status": _words("""
        marital, marital status, marriage, married, marriage status, civil status, spouse, familienstand, verheiratet,
        personenstand, etat civil, situation matrimoniale, statut matrimonial, estado civil, casado, situation
        familiale, relationship status, family status, statut marital, situation maritale, zivilstand, ehestand
    """),
    "pregnancy": _words("""
        pregnant, pregnancy, is pregnant, maternity, schwanger, schwangerschaft, enceinte, grossesse, embarazada,
        embarazo, pregnancies, number of pregnancies, schwangerschaften
    """),
    "sexual orientation": _words("""
        sexual orientation, orientation sexuelle, orientacion sexual, sexuelle orientierung, lgbt, lgbtq, sexuality,
        sexualitat, sexualite, sexualidad
    """),
    "political view": _words("""
        political view, political views, political party, political affiliation, political orientation, politics,
        party affiliation, party preference, party registration, ideology, voting intention, politische einstellung,
        politische meinung, politische orientierung, parteizugehorigkeit, parteimitgliedschaft, partei, wahlabsicht,
        opinion politique, opinions politiques, parti politique, orientation politique, appartenance politique,
        opinion politica, ideologia, ideologia politica, partido politico, afiliacion politica, orientacion politica,
        intencion de voto
    """),
    "union membership": _words("""
        union, union member, union membership, trade union, labor union, labour union, gewerkschaft,
        gewerkschaftsmitglied, gewerkschaftszugehorigkeit, gewerkschaftsmitgliedschaft, syndicat, syndique,
        appartenance syndicale, sindicato, afiliacion sindical, sindicalizado, unionized, unionised
    """),
}

AGE = _words("""
    age, ages, alter, lebensalter, edad, birth year, year of birth, geburtsjahr, annee de naissance, ano de
    nacimiento, altersgruppe, altersklasse, tranche d age, senior citizen, dob, date of birth, birth date, birthdate,
    birthday, geburtsdatum, geburtstag, jahrgang, date de naissance, fecha de nacimiento, fecha nacimiento, date
    naissance, annee naissance, ano nacimiento, grupo de edad, seniorcitizen, is senior, geb datum, geboren
""")
# May stand beside such a name without changing whose attribute it is.
ABOUT_PEOPLE = _words("""
    group, band, bracket, bucket, range, class, category, cat, bin, years, year, yrs, in, at, of, customer, client,
    person, patient, applicant, employee, user, member, driver, borrower, subject, respondent, student, passenger,
    kunde, kunden, patienten, mitarbeiter, jahre, du, de, del, cliente, paciente, current, the, is, status, owner,
    insured, code, self, reported, declared, assigned, identified, birth, legal, household, head, father, mother,
    parent, holder, policyholder, claimant, tenant, cust, emp, empl, pat, pers, worker, candidate, versicherter,
    antragsteller, bewerber, salarie, demandeur, empleado, solicitante, usuario, der, des, het, la, le, les, el
""")

FEMALE = _words("""
    female, females, woman, women, girl, girls, frau, frauen, weiblich, femme, femmes, feminin, feminine, femenino,
    femenina, mujer, mujeres, f, fem, mrs, ms, miss, mme, madame, mlle, senora, sra, lady
""")
MALE = _words("""
    male, males, man, men, boy, boys, mann, manner, mannlich, homme, hommes, masculin, masculine, masculino, hombre,
    hombres, m, masc, mr, herr, monsieur, senor, sr, varon
""")
NEITHER = _words("""
    other, unknown, divers, d, x, u, nonbinary, non binary, unspecified, prefer not to say, autre, otro, andere,
    unbekannt, nan, na, not specified, diverse, mx, dr, prof, inconnu, desconocido, otra, keine angabe, firma,
    company, intersex, trans, transgender, non binaire, no binario
""")
# Two letters that stand for both sexes only where there is nothing else.
PAIRS_OF_SEXES = (frozenset({"w", "m"}), frozenset({"h", "f"}))

# Per attribute, the values that give it away; it takes two different ones.
SENSITIVE_VALUES: dict[str, frozenset[str]] = {
    "race": _words("""
        white, black, asian, hispanic, latino, caucasian, african american, asian pac islander, amer indian eskimo,
        native american, pacific islander, black or african american, hispanic or latino, american indian, american
        indian or alaska native, african, arab, mixed race, two or more races
    """),
    "religion": _words("""
        christian, muslim, jewish, hindu, buddhist, catholic, protestant, islam, christianity, judaism, hinduism,
        buddhism, sikh, atheist, evangelisch, katholisch, romisch katholisch, muslimisch, judisch, catholique,
        musulman, juif, catolico, protestante, judio, orthodox
    """),
    "marital status": _words("""
        married, divorced, widowed, separated, never married, married civ spouse, married spouse absent, married af
        spouse, husband, wife, verheiratet, geschieden, verwitwet, ledig, marie, mariee, divorce, divorcee, veuf,
        veuve, celibataire, casado, casada, divorciado, divorciada, viudo, soltero, soltera, domestic partnership,
        civil partnership
    """),
    "sexual orientation": _words("""
        heterosexual, homosexual, bisexual, gay, lesbian, heterosexuell, homosexuell, bisexuell, hetero, homosexuel,
        bisexuel, heterosexuel, heterosexuelle, homosexuelle, lesbienne, lesbiana, schwul, lesbisch, asexual,
        pansexual, straight
    """),
    "political view": _words("""
        democrat, republican, democratic, libertarian, socialist, communist, conservative, liberal, labour, tory,
        green, independent, moderate, cdu, csu, spd, fdp, afd, grune, die linke, linkspartei, psoe, vox, podemos,
        ciudadanos, sumar, lfi, renaissance, rassemblement national, les republicains, parti socialiste, lib dem,
        liberal democrat, snp, ukip, very liberal, very conservative, linksliberal, sozialdemokrat, far right, far
        left
    """),
    "disability": _words("""
        disabled, not disabled, non disabled, able bodied, handicapped, wheelchair, schwerbehindert, behindert, nicht
        behindert, gleichgestellt, handicape, valide, non handicape, discapacitado, sin discapacidad, con
        discapacidad, visual impairment, hearing impairment, blind, deaf, y disability, n disability
    """),
    "pregnancy": _words("""
        pregnant, not pregnant, schwanger, nicht schwanger, enceinte, non enceinte, embarazada, no embarazada
    """),
    "union membership": _words("""
        union, non union, union member, not a member, nonunion, unionized, not unionized, non unionized,
        gewerkschaftsmitglied, kein gewerkschaftsmitglied, syndique, non syndique, sindicado, no sindicado, afiliado a
        sindicato
    """),
    "nationality": _words("""
        american, british, german, french, spanish, italian, polish, turkish, syrian, russian, ukrainian, chinese,
        indian, pakistani, mexican, brazilian, canadian, australian, austrian, swiss, dutch, belgian, portuguese,
        greek, romanian, bulgarian, moroccan, algerian, nigerian, japanese, korean, vietnamese, irish, afghan, iraqi,
        iranian, deutsch, deutscher, turkisch, polnisch, italienisch, syrisch, rumanisch, osterreichisch, franzosisch,
        spanisch, russisch, ukrainisch, griechisch, kroatisch, schweizerisch, francais, francaise, allemand,
        allemande, espagnol, espagnole, italien, italienne, algerien, algerienne, marocain, marocaine, tunisien,
        tunisienne, portugais, portugaise, belge, suisse, espanol, espanola, frances, francesa, aleman, alemana,
        marroqui, rumano, rumana, colombiano, colombiana, ecuatoriano, ecuatoriana, venezolano, venezolana, mexicano,
        mexicana, argentino, argentina, peruano, peruana, italiano, italiana, chino, china
    """),
}
# Words for things too: colours, languages, ways to take risks. Alone they prove nothing.
AMBIGUOUS = _words("""
    white, black, mixed race, conservative, independent, moderate, labour, green, renaissance, union, wheelchair,
    valide, blind, deaf, straight, gay, orthodox, argentina, china
""")
LANGUAGES = _words("""
    german, french, spanish, italian, polish, turkish, russian, ukrainian, chinese, dutch, portuguese, greek,
    romanian, bulgarian, japanese, korean, vietnamese, deutsch, turkisch, polnisch, italienisch, rumanisch,
    franzosisch, spanisch, russisch, ukrainisch, griechisch, kroatisch, francais, allemand, espagnol, italien,
    portugais, espanol, frances, aleman, rumano, italiano, chino, argentina, china
""")

# A word of the name that says a column identifies something, wherever it stands ...
IDENTIFYING = _words("""
    id, ids, key, uuid, guid, identifier, reference, ref, serial, kennung, kundennummer, vertragsnummer, schlussel,
    aktenzeichen, identifiant, cle, identificador, clave, rownum, rowid, idx, hash, token, isbn, sku, barcode, vin
""")
# ... and those that say so only at the end: ``order number``, but not ``number of orders``.
IDENTIFYING_LAST = _words("nr, number, no, num, code, nummer, numero")
# What runs upwards or has many values without identifying a row: time, and places.
NO_KEY = _words("""
    year, month, day, week, hour, date, time, quarter, period, age, jahr, monat, tag, woche, stunde, datum, zeit,
    annee, mois, jour, semaine, heure, ano, mes, dia, semana, hora, fecha, timestamp, minute, second, zip, postal,
    postcode, plz, postleitzahl, area, country, city
""")
