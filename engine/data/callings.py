"""What people are called: frequent given names, family names and forms of address, without accents."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


GIVEN = _words("""
    james john robert michael william david richard joseph thomas charles christopher daniel matthew anthony donald mark
    paul steven andrew kenneth george joshua kevin brian edward ronald timothy jason jeffrey ryan gary nicholas eric
    stephen jonathan larry justin scott brandon benjamin samuel gregory frank alexander raymond patrick jack dennis
    jerry tyler aaron henry douglas peter jose adam nathan zachary walter kyle harold carl arthur albert simon oliver
    harry oscar leo lucas noah liam ethan logan mason luke owen dylan
    mary patricia jennifer linda elizabeth barbara susan jessica sarah karen nancy lisa margaret betty sandra ashley
    dorothy kimberly emily donna michelle carol amanda melissa deborah stephanie rebecca laura sharon cynthia kathleen
    amy helen shirley angela anna brenda pamela nicole ruth katherine samantha christine emma catherine virginia debra
    rachel janet maria heather diane julie joyce victoria kelly christina joan evelyn olivia judith megan andrea hannah
    jacqueline martha gloria teresa ann sara madison kathryn alice sophia grace amelia charlotte mia ava isabella lily
    chloe ella lucy ellen florence ethel edith annie jane
    hans klaus jurgen wolfgang uwe werner stefan andreas matthias markus dieter manfred gunter helmut jens bernd jorg
    ralf sven torsten dirk kai holger karl heinz horst gerhard herbert kurt ernst otto lukas felix maximilian jonas
    finn leon elias moritz niklas tobias sebastian florian philipp fabian
    ursula monika petra sabine renate helga karin brigitte ingrid erika andrea gisela claudia susanne gabriele heike
    birgit angelika martina silke anja kerstin katrin ulrike marie lea lena leonie lara johanna clara frieda
    jean pierre michel andre philippe rene louis alain jacques bernard marcel daniel roger robert claude christian
    henri francois laurent nicolas julien pascal thierry olivier guillaume antoine mathieu hugo theo gabriel raphael
    jeanne francoise monique nathalie isabelle sylvie martine jacqueline christiane valerie sandrine veronique celine
    chantal aurelie camille manon ines juliette louise
    antonio manuel francisco juan javier jesus carlos miguel rafael pedro angel alejandro fernando luis pablo sergio
    jorge alberto alvaro diego adrian raul enrique ramon vicente ivan ruben oscar andres joaquin santiago eduardo
    carmen josefa isabel dolores pilar ana cristina francisca antonia mercedes lucia rosa elena paula marta raquel
    beatriz rosario juana encarnacion patricia silvia sofia alba irene rocio montserrat valentina camila
    mohamed mohammed ahmed ali fatima mehmet mustafa ayse emre wei li yuki priya rahul giovanni marco giuseppe francesco
    ivan olga natalia piotr agnieszka
""")

FAMILY = _words("""
    smith johnson williams brown jones miller davis wilson anderson taylor moore jackson thompson white harris clark
    lewis robinson walker hall allen wright king hill green baker adams nelson campbell mitchell roberts carter phillips
    evans turner parker collins edwards stewart morris murphy cook rogers morgan cooper reed bailey bell kelly howard
    muller schmidt schneider fischer weber meyer wagner becker schulz hoffmann schafer koch bauer richter klein wolf
    schroder neumann schwarz zimmermann braun kruger hofmann hartmann lange schmitt werner krause meier lehmann schmid
    schulze maier kohler herrmann walter mayer huber kaiser fuchs peters lang scholz moller weiss jung hahn vogel keller
    martin bernard dubois thomas robert richard petit durand leroy moreau simon laurent lefebvre michel garcia david
    bertrand roux vincent fournier morel girard andre lefevre mercier dupont lambert bonnet francois martinez legrand
    gonzalez rodriguez fernandez lopez sanchez perez gomez jimenez ruiz hernandez diaz moreno munoz alvarez romero
    alonso gutierrez navarro torres dominguez vazquez ramos gil ramirez serrano blanco molina morales suarez ortega
    delgado castro ortiz rubio marin sanz nunez iglesias medina garrido cortes castillo santos rossi russo ferrari silva
    nguyen kim lee chen wang singh patel khan yilmaz kaya kowalski ivanov novak
""")

ADDRESS = _words("mr mrs ms miss mister master rev dr prof herr frau mme mlle monsieur madame senor senora sr sra")
