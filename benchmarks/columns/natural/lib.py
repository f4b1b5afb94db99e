"""Value makers for the generated tables: own word lists, correct check digits."""
import base64
import datetime as dt
import hashlib
import json
import random
import re
import string
import uuid
import zlib

R = random.Random(50501)

LOC = {
 "us": dict(
  m="Marcus Dwayne Terrence Wyatt Colby Grant Russell Vernon Trent Clayton Darnell Brock Emmett Silas Roland Garrett Malik Hector Rafael Bryce Kirk Glenn Otis Nolan Desmond".split(),
  f="Tamika Bethany Shauna Marlene Colleen Paige Whitney Rosalind Yolanda Gwendolyn Darlene Autumn Kendra Latoya Mallory Priscilla Sheila Tabitha Brenda Celeste Noelle Ximena Guadalupe Ingrid Loretta".split(),
  l="Abernathy Blackwell Castellano Dupree Eubanks Fitzgerald Goodwin Hathaway Ibarra Jernigan Kowalczyk Lockhart McAllister Nakamura Ogletree Pemberton Quintero Rutledge Stallworth Tillman Underhill Vandermeer Whitaker Yarbrough Zamora Beauchamp Cantrell Delacruz Espinoza Fairchild Gallegos Holloway Ingersoll Jaramillo O'Rourke Sandoval Tran Okafor Nguyen Patel".split(),
  st="Magnolia Ave;Old Mill Rd;Chestnut St;Fairview Dr;Sycamore Ln;Harbor Blvd;Cedar Creek Ct;Pine Hollow Way;Lexington Ave;County Road 412;E 14th St;SW Barbur Blvd;Juniper Cir;Prospect St;Ridgeline Ter".split(";"),
  c=[("Boise","ID","83702","208"),("Toledo","OH","43604","419"),("Savannah","GA","31401","912"),("Duluth","MN","55802","218"),("Tulsa","OK","74103","918"),("Spokane","WA","99201","509"),("Wichita","KS","67202","316"),("Providence","RI","02903","401"),("Albuquerque","NM","87102","505"),("Lexington","KY","40507","859"),("Fort Wayne","IN","46802","260"),("Chattanooga","TN","37402","423")],
  ph=lambda c: R.choice(["({0}) {1}-{2}","{0}-{1}-{2}","{0}.{1}.{2}"]).format(c[3],R.randint(220,989),f"{R.randint(0,9999):04d}"),
  mail="gmail.com yahoo.com outlook.com icloud.com comcast.net".split(), ad="{n} {s}"),
 "gb": dict(
  m="Alistair Gareth Callum Nigel Rhys Dominic Fergus Hamish Leighton Declan Stuart Barnaby Toby Imran Clive Angus".split(),
  f="Fiona Bronwen Imogen Philippa Siobhan Eilidh Gemma Harriet Nicola Rhiannon Tamsin Verity Ayesha Lorna Maisie Beatrix".split(),
  l="Ashworth Bickerstaff Cholmondeley Duckworth Entwistle Fairbairn Gilchrist Hargreaves Iqbal Kershaw Llewellyn MacGregor Norbury Openshaw Pritchard Ramsbottom Sutcliffe Threlfall Uddin Wainwright Blenkinsop Cartwright".split(),
  st="Church Lane;Station Road;Kingsway;Mill Street;Victoria Terrace;Park Crescent;The Green;Orchard Close;Gladstone Road;Albert Street".split(";"),
  c=[("Leeds","West Yorkshire","LS6 2AB","0113"),("Cardiff","Cardiff","CF24 3HG","029"),("Dundee","Angus","DD1 4QB","01382"),("Norwich","Norfolk","NR2 4PA","01603"),("Exeter","Devon","EX4 6NS","01392"),("Stockport","Cheshire","SK4 1BS","0161"),("Ipswich","Suffolk","IP1 3QH","01473")],
  ph=lambda c: R.choice(["07{0} {1}","+44 7{0} {1}",c[3]+" {2} {3}"]).format(R.randint(400,989),f"{R.randint(0,999999):06d}",R.randint(200,899),f"{R.randint(0,9999):04d}"),
  mail="btinternet.com gmail.com hotmail.co.uk sky.com outlook.com".split(), ad="{n} {s}"),
 "de": dict(
  m="Torsten Bernd Uwe Holger Lutz Rüdiger Jannik Malte Sönke Detlef Ingo Lennart Marius Ralf Volker".split(),
  f="Gudrun Heike Annegret Silke Wiebke Mareike Jutta Svenja Birgit Dörte Kerstin Ilka Friederike Anke".split(),
  l="Achterberg Brinkmann Dörfler Eichhorn Fröhlich Gerstner Hölscher Kaltenbach Lindemann Meyerhoff Nußbaum Ostermann Pfeiffer Quandt Rademacher Schäuffele Tiedemann Uhlig Vosskuhl Wiesner Zumbusch Yildirim".split(),
  st="Lindenstraße;Am Stadtgraben;Goethestr.;Schützenweg;Hauptstr.;Birkenallee;Bergstraße;Kirchplatz;Mühlenweg".split(";"),
  c=[("Bielefeld","NW","33602","0521"),("Kassel","HE","34117","0561"),("Regensburg","BY","93047","0941"),("Rostock","MV","18055","0381"),("Freiburg","BW","79098","0761"),("Jena","TH","07743","03641")],
  ph=lambda c: R.choice([c[3]+"/{0}","+49 {2} {0}","0{1} {0}"]).format(R.randint(200000,9999999),R.choice(["151","160","171","176"]),c[3][1:]),
  mail="gmx.de web.de t-online.de posteo.de".split(), ad="{s} {n}"),
 "fr": dict(
  m="Thierry Gaël Yannick Bastien Loïc Corentin Fabrice Sylvain Régis Maxence Hervé Armand Kévin".split(),
  f="Solène Maëlys Odile Clémence Bérengère Aurore Ghislaine Noémie Sandrine Perrine Josiane Élodie".split(),
  l="Aubertin Bonnefoy Chastagnier Delattre Estève Fontanel Guéguen Hautbois Jolivet Kervella Lemoigne Marchandeau Noblet Ouvrard Pélissier Quéméneur Rousselot Sauvageot Thibaudeau Vasseur Benali".split(),
  st="rue des Lilas;avenue Jean Jaurès;impasse du Moulin;boulevard Gambetta;chemin des Vignes;place de la Mairie;rue Pasteur".split(";"),
  c=[("Angers","49","49000","02"),("Dijon","21","21000","03"),("Quimper","29","29000","02"),("Pau","64","64000","05"),("Annecy","74","74000","04"),("Amiens","80","80000","03")],
  ph=lambda c: R.choice(["0{0} {1} {2} {3} {4}","+33{0}{1}{2}{3}{4}"]).format(R.choice("67"),*[f"{R.randint(0,99):02d}" for _ in range(4)]),
  mail="orange.fr free.fr laposte.net wanadoo.fr gmail.com".split(), ad="{n} {s}"),
 "es": dict(
  m="Íñigo Álvaro Gonzalo Joaquín Ramón Eusebio Nicolás Iker Borja Lisandro Efraín".split(),
  f="Rocío Montserrat Itziar Begoña Nuria Amparo Leticia Xiomara Pilar Inmaculada Araceli".split(),
  l="Arizmendi Barrientos Carrasco Echeverría Figueroa Galíndez Hinojosa Izquierdo Larrañaga Montesinos Navarrete Olivares Pacheco Quiroga Redondo Solís Tejada Urrutia Villanueva Zubiri".split(),
  st="Calle Mayor;Avda. de la Constitución;Paseo del Prado;C/ San Andrés;Plaza Nueva;Calle del Carmen".split(";"),
  c=[("Gijón","Asturias","33201","985"),("Murcia","Murcia","30001","968"),("Vitoria","Álava","01001","945"),("Almería","Almería","04001","950"),("Lleida","Lleida","25001","973")],
  ph=lambda c: R.choice(["6{0}","+34 6{0}",c[3]+" {1}"]).format(f"{R.randint(0,99999999):08d}",f"{R.randint(0,999999):06d}"),
  mail="gmail.com hotmail.es telefonica.net yahoo.es".split(), ad="{s}, {n}"),
 "pt": dict(
  m="Thiago Anderson Wellington Caio Evandro Gilberto Juliano Murilo Otávio Vinícius Duarte".split(),
  f="Luciana Jéssica Thaís Rosângela Cláudia Débora Fabiana Graziela Ivone Raquel Tainá".split(),
  l="Albuquerque Bittencourt Cavalcanti Dornelles Falcão Guimarães Lacerda Medeiros Nogueira Peixoto Queiroz Rezende Sampaio Tavares Vasconcelos Xavier".split(),
  st="Rua das Acácias;Av. Getúlio Vargas;Travessa São Jorge;Rua Dom Pedro II;Alameda Santos".split(";"),
  c=[("Curitiba","PR","80010-000","41"),("Recife","PE","50030-230","81"),("Goiânia","GO","74003-010","62"),("Santos","SP","11010-150","13"),("Pelotas","RS","96010-140","53")],
  ph=lambda c: R.choice(["({0}) 9{1}-{2}","+55 {0} 9{1}{2}"]).format(c[3],f"{R.randint(0,9999):04d}",f"{R.randint(0,9999):04d}"),
  mail="uol.com.br bol.com.br gmail.com terra.com.br".split(), ad="{s}, {n}"),
 "it": dict(
  m="Gianluca Ettore Raffaele Massimiliano Ivano Tommaso Corrado Ruggero Dario Saverio".split(),
  f="Ornella Mariangela Rosanna Ginevra Loredana Serafina Ilenia Concetta Patrizia Agnese".split(),
  l="Bonfanti Ceccarelli Dell'Acqua Evangelisti Fumagalli Ghirardi Iannone Lombardi Mastroianni Napolitano Ottaviani Pellegrini Quaranta Saccomanno Tagliaferri Vendramin Zanella".split(),
  st="Via Garibaldi;Corso Matteotti;Piazza Dante;Viale dei Tigli;Via XX Settembre".split(";"),
  c=[("Brescia","BS","25121","030"),("Lecce","LE","73100","0832"),("Perugia","PG","06121","075"),("Udine","UD","33100","0432")],
  ph=lambda c: R.choice(["3{0} {1}","+39 3{0}{1}",c[3]+"/{2}"]).format(R.randint(20,99),f"{R.randint(0,9999999):07d}",R.randint(100000,999999)),
  mail="libero.it virgilio.it tiscali.it gmail.com".split(), ad="{s} {n}"),
 "nl": dict(
  m="Sjoerd Wouter Joost Maarten Ruben Teun Bart Gijs Koen Hidde".split(), f="Femke Marijke Anouk Saskia Loes Nienke Mirjam Tineke Jolanda Sanne".split(),
  l="van den Berg;de Groot;Hoekstra;Kuipers;Vermeulen;ter Horst;Schouten;Wiersma;van Dijk;Brouwer;Dijkgraaf;Oosterhuis;Postma;Zijlstra".split(";"),
  st="Dorpsstraat;Kerkweg;Prinsengracht;Molenlaan;Stationsplein;Beukenhof".split(";"),
  c=[("Zwolle","OV","8011 PK","038"),("Breda","NB","4811 XE","076"),("Leiden","ZH","2312 HV","071"),("Assen","DR","9401 JB","0592")],
  ph=lambda c: R.choice(["06-{0}","+31 6 {0}",c[3]+"-{1}"]).format(f"{R.randint(10000000,59999999)}",R.randint(1000000,9999999)),
  mail="ziggo.nl kpnmail.nl gmail.com xs4all.nl".split(), ad="{s} {n}"),
 "pl": dict(
  m="Zbigniew Krzysztof Grzegorz Przemysław Wojciech Bartosz Mirosław Kacper".split(), f="Agnieszka Małgorzata Beata Katarzyna Grażyna Zuzanna Bożena Halina".split(),
  l="Wróblewski;Gołąb;Szczepański;Duda;Kubiak;Ostrowska;Mazurek;Czajka;Bielecki;Żurek;Pietrzak;Sikora".split(";"),
  st="ul. Słoneczna;ul. Mickiewicza;os. Piastów;ul. Kościuszki;al. Niepodległości".split(";"),
  c=[("Łódź","łódzkie","90-001","42"),("Opole","opolskie","45-018","77"),("Rzeszów","podkarpackie","35-064","17")],
  ph=lambda c: R.choice(["{0} {1} {2}","+48 {0}{1}{2}"]).format(R.randint(500,899),R.randint(100,999),R.randint(100,999)),
  mail="wp.pl onet.pl interia.pl o2.pl".split(), ad="{s} {n}"),
 "sv": dict(
  m="Göran Anders Rasmus Håkan Mattias Ulf Jesper Torbjörn".split(), f="Åsa Kerstin Linnéa Gunilla Annika Elin Siv Ebba".split(),
  l="Bergqvist;Lindgren;Åkesson;Sjöström;Hedlund;Nyberg;Wallin;Öberg;Forsman;Ekdahl;Lundmark".split(";"),
  st="Storgatan;Björkvägen;Skolgatan;Kungsgatan;Ängsvägen".split(";"),
  c=[("Umeå","Västerbotten","903 26","090"),("Växjö","Kronoberg","352 30","0470"),("Gävle","Gävleborg","803 20","026")],
  ph=lambda c: R.choice(["07{0}-{1} {2} {3}","+467{0}{1}{2}{3}"]).format(R.choice("0236"),R.randint(100,999),R.randint(10,99),R.randint(10,99)),
  mail="telia.com bredband.net gmail.com hotmail.se".split(), ad="{s} {n}"),
 "tr": dict(
  m="Serkan Tolga Onur Ufuk Cemal Barış Orhan Volkan".split(), f="Zeynep Nilüfer Gülşen Ebru Sevgi Pınar Tuğba Aslı".split(),
  l="Karaca Özdemir Yücel Aksoy Bozkurt Çetinkaya Doğan Erdoğmuş Güneş Korkmaz Şimşek Tekin".split(),
  st="Atatürk Cad.;İnönü Sok.;Cumhuriyet Mah. Gül Sk.;Bağdat Cad.".split(";"),
  c=[("Bursa","Bursa","16010","224"),("Konya","Konya","42060","332"),("İzmir","İzmir","35210","232")],
  ph=lambda c: R.choice(["0 5{0} {1} {2} {3}","+905{0}{1}{2}{3}"]).format(R.randint(30,59),R.randint(100,999),R.randint(10,99),R.randint(10,99)),
  mail="gmail.com hotmail.com mynet.com superonline.com".split(), ad="{s} No:{n}"),
 "ja": dict(
  m="Daisuke Kenta Shouhei Takumi Ryouta Naoki Masahiro".split(), f="Ayaka Mizuki Chihiro Nanami Yuuka Kaori Tomomi".split(),
  l="Kobayashi Matsumoto Fujiwara Hasegawa Ishikawa Kurosawa Nishimura Okamoto Sakurai Uehara Yamazaki".split(),
  st="Honmachi;Sakae-cho;Midori-ku Aoba;Chuo;Asahigaoka".split(";"),
  c=[("Sendai-shi","Miyagi","980-0811","022"),("Okayama-shi","Okayama","700-0824","086"),("Kanazawa-shi","Ishikawa","920-0962","076")],
  ph=lambda c: R.choice(["0{0}-{1}-{2}"]).format(R.choice(["90","80","70"]),R.randint(1000,9999),f"{R.randint(0,9999):04d}"),
  mail="docomo.ne.jp ezweb.ne.jp gmail.com nifty.com".split(), ad="{s} {n}-{b}"),
}

def fold(s):
    import unicodedata
    s = s.replace("ß", "ss").replace("ł", "l").replace("Ł", "L").replace("ı", "i").replace("ø", "o")
    return "".join(c for c in unicodedata.normalize("NFKD", s) if not unicodedata.combining(c))


class P:
    """A person of one country."""

    def __init__(self, loc, lo=1938, hi=2006):
        L = LOC[loc]
        self.loc = loc
        self.sex = R.choice("MF")
        self.first = R.choice(L["m" if self.sex == "M" else "f"])
        self.mid = R.choice(string.ascii_uppercase)
        self.last = R.choice(L["l"])
        self.dob = dt.date(lo, 1, 1) + dt.timedelta(days=R.randrange((hi - lo) * 365))
        c = R.choice(L["c"])
        self.city, self.state, self.zip = c[:3]
        self.num = R.choice([R.randint(1, 99), R.randint(1, 240), R.randint(100, 9800) if loc == "us" else R.randint(1, 40)])
        self.street = L["ad"].format(n=self.num, s=R.choice(L["st"]), b=R.randint(1, 20))
        self.phone = L["ph"](c)
        self.phone2 = L["ph"](c)
        a, b = fold(self.first).lower(), re.sub("[^a-z]", "", fold(self.last).lower())
        self.user = R.choice([a[0] + b, a + "." + b, a + str(R.randint(1, 99)), b + a[:2], a[:3] + b[:4] + str(R.randint(1, 9))])
        self.email = R.choice([a + "." + b, a[0] + b, a + b + str(R.randint(1, 99)), a + "_" + b]) + "@" + R.choice(L["mail"])
        self.work = a + "." + b
        self.full = self.first + " " + self.last
        self.lf = self.last + ", " + self.first
        self.addr = f"{self.street}, {self.zip} {self.city}" if loc not in ("us", "gb", "pt") else f"{self.street}, {self.city}, {self.state} {self.zip}"
        self.age = 2025 - self.dob.year
        self.init = self.first[0] + self.last[0].upper()


# ---- plain makers
def ch(*a): return R.choice(a)
def w(s):
    """Weighted choice: w("open:5,closed:2")."""
    o = [x.rsplit(":", 1) if ":" in x else (x, "1") for x in s.split(",")]
    return R.choices([x[0] for x in o], [float(x[1]) for x in o])[0]
def n(a, b): return R.randint(a, b)
def f(a, b, d=2): return f"{R.uniform(a, b):.{d}f}"
def ln(mu, sg=0.8, d=2): return f"{R.lognormvariate(mu, sg):.{d}f}"
def dec(x): return str(x).replace(".", ",")
def dig(k): return "".join(R.choice(string.digits) for _ in range(k))
def hexs(k): return "".join(R.choice("0123456789abcdef") for _ in range(k))
def pat(p): return "".join(R.choice({"#": string.digits, "@": string.ascii_uppercase, "&": string.ascii_lowercase, "?": string.ascii_uppercase + string.digits}[c]) if c in "#@&?" else c for c in p)
def b64(k, alpha=string.ascii_letters + string.digits): return "".join(R.choice(alpha) for _ in range(k))
def uid(): return str(uuid.UUID(int=R.getrandbits(128), version=4))
def date(a=2019, b=2025, fmt="%Y-%m-%d"): return (dt.date(a, 1, 1) + dt.timedelta(days=R.randrange((b - a + 1) * 365))).strftime(fmt)
def ts(a=2021, b=2025, fmt="%Y-%m-%d %H:%M:%S"): return (dt.datetime(a, 1, 1) + dt.timedelta(seconds=R.randrange((b - a + 1) * 365 * 86400))).strftime(fmt)
def d(x, fmt="%Y-%m-%d"): return x.strftime(fmt) if fmt != "mdy" else f"{x.month}/{x.day}/{x.year}"
def boo(p=0.7): return R.random() < p
def up(s): return s.upper()
def messy(s, p=0.06):
    if R.random() < p: return R.choice([s.upper(), s.lower(), s + " ", " " + s])
    return s
def host(*d): return R.choice(["srv","app","db","web","node"]) + str(R.randint(1, 40)).zfill(2) + R.choice(d or [".corp.lan", ".internal", ""])
def ip():
    while True:
        a = R.randint(11, 223)
        if a in (127, 172, 192, 169, 198, 203, 100): continue
        return f"{a}.{R.randint(0,255)}.{R.randint(0,255)}.{R.randint(1,254)}"
def ip6(): return "2a0" + hexs(1) + ":" + ":".join(f"{R.getrandbits(16):x}" for _ in range(7))
def mac(sep=":"): return sep.join(["f4", R.choice(["5c","0f","92"]), R.choice(["89","a2","b7"])] + [hexs(2) for _ in range(3)])

# ---- check digits
def luhn(s):
    t = 0
    for i, c in enumerate(reversed(s)):
        x = int(c) * (2 if i % 2 == 0 else 1)
        t += x - 9 if x > 9 else x
    return str(-t % 10)
def card(sep=""):
    p, k = R.choice([("4", 16), ("4", 16), ("5" + R.choice("12345"), 16), ("37", 15), ("2" + R.choice("345") , 16), ("6011", 16)])
    s = p + dig(k - 1 - len(p)); s += luhn(s)
    return s if not sep or k != 16 else sep.join(s[i:i + 4] for i in range(0, 16, 4))
def cvv(): return dig(3)
def exp(fmt="%m/%y"): return date(2025, 2030, fmt)
def ssn(sep="-"):
    a = R.choice([x for x in (R.randint(1, 899),) if x != 666] or [123])
    return f"{a:03d}{sep}{R.randint(1,99):02d}{sep}{R.randint(1,9999):04d}"
def iban(cc, bban=None):
    L = {"DE": 18, "FR": 23, "ES": 20, "IT": 0, "NL": 0, "PL": 24, "SE": 20, "TR": 22, "BE": 12, "AT": 16, "GB": 0, "CH": 17, "PT": 21, "FI": 14}
    if bban is None:
        bban = {"NL": lambda: R.choice(["INGB", "ABNA", "RABO", "TRIO"]) + dig(10), "GB": lambda: R.choice(["BARC", "LOYD", "NWBK", "HBUK"]) + dig(14),
                "IT": lambda: R.choice("ABCDEFGHXYZ") + dig(22), "TR": lambda: dig(5) + "0" + dig(16)}.get(cc, lambda: dig(L[cc]))()
        if cc == "BE": bban = bban[:10] + f"{int(bban[:10]) % 97 or 97:02d}"
        if cc == "PT": bban = bban[:19] + f"{98 - int(bban[:19] + '00') % 97:02d}"
        if cc == "FR": bban = bban[:21] + f"{97 - (89 * int(bban[:5]) + 15 * int(bban[5:10]) + 3 * int(bban[10:21])) % 97:02d}"
        if cc == "ES":
            q = lambda s: str({10: 1, 11: 0}.get(x := 11 - sum(int(c) * k for c, k in zip(s, (1, 2, 4, 8, 5, 10, 9, 7, 3, 6))) % 11, x))
            bban = bban[:8] + q("00" + bban[:8]) + q(bban[10:]) + bban[10:]
    k = 98 - int("".join(str(int(c, 36)) for c in bban + cc + "00")) % 97
    return f"{cc}{k:02d}{bban}"
def ib4(x): return " ".join(x[i:i + 4] for i in range(0, len(x), 4))
BIC = dict(DE="DEUTDEFF500 COBADEFFXXX GENODEF1HMS INGDDEFFXXX SOLADEST600".split(), FR="AGRIFRPP882 SOGEFRPP CMCIFR2A BNPAFRPP".split(), ES="CAIXESBB BBVAESMM BSABESBB".split(), IT="BCITITMM UNCRITMM BPMOIT22".split(), NL="INGBNL2A RABONL2U ABNANL2A".split(), SE="SWEDSESS HANDSESS NDEASESS".split(), PL="BPKOPLPW WBKPPLPP".split(), US="CHASUS33 BOFAUS3N WFBIUS6S CITIUS33".split(), GB="BARCGB22 LOYDGB2L NWBKGB2L HBUKGB4B".split(), TR="TGBATRIS AKBKTRIS".split(), JP="BOTKJPJT SMBCJPJT".split())
def bic(c): return R.choice(BIC[c])
def aba():
    s = R.choice(["0210", "0260", "0310", "0420", "0510", "0610", "0710", "0810", "0910", "1110", "1210", "3250"]) + dig(4)
    k = -(3 * (int(s[0]) + int(s[3]) + int(s[6])) + 7 * (int(s[1]) + int(s[4]) + int(s[7])) + int(s[2]) + int(s[5])) % 10
    return s + str(k)
def npi(): s = R.choice("12") + dig(8); return s + luhn("80840" + s)
def dea(l):
    s = dig(6); return R.choice("ABFM") + l[0].upper() + s + str((int(s[0]) + int(s[2]) + int(s[4]) + 2 * (int(s[1]) + int(s[3]) + int(s[5]))) % 10)
def mbi():
    A = "ACDEFGHJKMNPQRTUVWXY"; N = string.digits; AN = A + N
    return "".join(R.choice(x) for x in ("123456789", A, AN, N, A, AN, N, A, A, N, N))
def nhs(sep=""):
    while True:
        s = R.choice("4679") + dig(8)
        k = 11 - sum(int(c) * (10 - i) for i, c in enumerate(s)) % 11
        if k == 10: continue
        s += "0" if k == 11 else str(k)
        return sep.join((s[:3], s[3:6], s[6:])) if sep else s
def nino(): return R.choice(["AB", "CE", "JN", "KT", "NR", "PA", "SX", "WL"]) + dig(6) + R.choice("ABCD")
def de_idnr():
    while True:
        s = list(R.sample("0123456789", 10)); s[R.randint(1, 9)] = s[R.randint(0, 9)]
        if s[0] == "0" or len(set(s)) != 9: continue
        p = 10
        for c in s:
            x = (int(c) + p) % 10 or 10; p = x * 2 % 11
        return "".join(s) + str((11 - p) % 10)
def de_svnr(p):
    s = f"{R.randint(2,89):02d}{p.dob:%d%m%y}{p.last[0].upper() if p.last[0].isascii() else 'A'}{R.randint(0,99):02d}"
    x = s[:8] + f"{ord(s[8])-64:02d}" + s[9:]
    t = sum(sum(divmod(int(c) * k, 10)) for c, k in zip(x, (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1)))
    return s + str(t % 10)
def fr_nir(p):
    s = f"{1 if p.sex=='M' else 2}{p.dob:%y%m}{R.choice([x for x in range(1,96) if x!=20]):02d}{R.randint(1,600):03d}{R.randint(1,400):03d}"
    return s + f"{97 - int(s) % 97:02d}"
def bsn():
    while True:
        s = R.choice("123456789") + dig(7); t = sum(int(c) * k for c, k in zip(s, range(9, 1, -1))) % 11
        if t < 10: return s + str(t)
def pesel(p):
    s = f"{p.dob.year%100:02d}{p.dob.month + (20 if p.dob.year>=2000 else 0):02d}{p.dob.day:02d}{dig(3)}{R.choice('13579' if p.sex=='M' else '02468')}"
    return s + str(-sum(int(c) * k for c, k in zip(s, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3))) % 10)
def pnr(p, sep="-"):
    s = f"{p.dob:%y%m%d}{dig(2)}{R.choice('13579' if p.sex=='M' else '02468')}"; s += luhn(s)
    return p.dob.strftime("%Y")[:2] + s[:6] + sep + s[6:]
def tckn():
    x = [R.randint(1, 9)] + [R.randint(0, 9) for _ in range(8)]
    a = (sum(x[0::2]) * 7 - sum(x[1::2])) % 10; x.append(a); x.append(sum(x) % 10)
    return "".join(map(str, x))
def cpf(fmt=True):
    x = [R.randint(0, 9) for _ in range(9)]
    for k in (10, 11):
        t = sum(a * b for a, b in zip(x, range(k, 1, -1))) * 10 % 11; x.append(t % 10)
    s = "".join(map(str, x)); return f"{s[:3]}.{s[3:6]}.{s[6:9]}-{s[9:]}" if fmt else s
def cnpj():
    x = [R.randint(0, 9) for _ in range(8)] + [0, 0, 0, 1]
    for ws in ([5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2], [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]):
        t = sum(a * b for a, b in zip(x, ws)) % 11; x.append(0 if t < 2 else 11 - t)
    s = "".join(map(str, x)); return f"{s[:2]}.{s[2:5]}.{s[5:8]}/{s[8:12]}-{s[12:]}"
def nif(): k = R.randint(10000000, 79999999); return f"{k}{'TRWAGMYFPDXBNJZSQVHLCKE'[k % 23]}"
def ptnif():
    s = R.choice("12") + dig(7); t = 11 - sum(int(c) * k for c, k in zip(s, range(9, 1, -1))) % 11
    return s + str(0 if t > 9 else t)
def cf(p):
    def cons(s): s = re.sub("[^A-Z]", "", fold(s).upper()); return [c for c in s if c not in "AEIOU"], [c for c in s if c in "AEIOU"]
    a, b = cons(p.last); l = ("".join(a + b) + "XXX")[:3]
    a, b = cons(p.first); g = "".join(a[i] for i in (0, 2, 3)) if len(a) > 3 else ("".join(a + b) + "XXX")[:3]
    s = l + g + f"{p.dob:%y}" + "ABCDEHLMPRST"[p.dob.month - 1] + f"{p.dob.day + (40 if p.sex=='F' else 0):02d}" + R.choice(["B157", "E506", "G478", "L483", "F205", "H501"])
    od = dict(zip("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", [1,0,5,7,9,13,15,17,19,21,1,0,5,7,9,13,15,17,19,21,2,4,18,20,11,3,6,8,12,14,16,10,22,25,24,23]))
    t = sum(od[c] if i % 2 == 0 else (int(c) if c.isdigit() else ord(c) - 65) for i, c in enumerate(s))
    return s + chr(65 + t % 26)
def sin_():
    s = R.choice("123456") + dig(7); return s + luhn(s)
def ahv():
    s = "756" + dig(9); t = sum(int(c) * (3 if i % 2 else 1) for i, c in enumerate(s)); s += str(-t % 10)
    return f"{s[:3]}.{s[3:7]}.{s[7:11]}.{s[11:]}"
def mynum():
    s = dig(11); t = 11 - sum(int(c) * (k + 1 if k <= 6 else k - 5) for k, c in enumerate(reversed(s), 1)) % 11
    return s + str(0 if t >= 10 else t)
def tfn():
    while True:
        s = R.choice("123456789") + dig(7)
        for k in range(10):
            if sum(int(c) * q for c, q in zip(s + str(k), (1, 4, 3, 7, 5, 8, 6, 9, 10))) % 11 == 0: return s[:3] + " " + s[3:6] + " " + s[6:] + str(k)
def aumed():
    s = R.choice("23456") + dig(7); k = sum(int(c) * q for c, q in zip(s, (1, 3, 7, 9, 1, 3, 7, 9))) % 10
    return f"{s[:4]} {s[4:]}{k} {R.randint(1,4)}"
def pan_in(p): return b64(3, string.ascii_uppercase) + "P" + (fold(p.last)[0].upper()) + dig(4) + R.choice(string.ascii_uppercase)
def clabe():
    s = R.choice(["002", "012", "014", "021", "072"]) + R.choice(["180", "320", "580", "680"]) + dig(11)
    return s + str(-sum(int(c) * k % 10 for c, k in zip(s, (3, 7, 1) * 6)) % 10)
def curp(p):
    l = fold(p.last).upper(); g = fold(p.first).upper()
    s = l[0] + next((c for c in l[1:] if c in "AEIOU"), "X") + R.choice("BCDGHLMPRS") + g[0] + f"{p.dob:%y%m%d}" + ("H" if p.sex == "M" else "M") + R.choice(["DF", "JC", "NL", "PL", "VZ", "OC"]) + "".join(R.choice("BCDFGLMNPRSTVZ") for _ in range(3)) + ("0" if p.dob.year < 2000 else "A")
    a = "0123456789ABCDEFGHIJKLMN\u00d1OPQRSTUVWXYZ"
    return s + str(-sum(a.index(c) * (18 - i) for i, c in enumerate(s)) % 10)
def kvnr():
    a = R.choice(string.ascii_uppercase); s = dig(8)
    x = f"{ord(a) - 64:02d}" + s
    return a + s + str(sum(sum(divmod(int(c) * (1 + i % 2), 10)) for i, c in enumerate(x)) % 10)
def abn():
    while True:
        s = dig(9)
        for k in range(10, 100):
            x = str(k) + s
            if ((int(x[0]) - 1) * 10 + sum(int(c) * q for c, q in zip(x[1:], (1, 3, 5, 7, 9, 11, 13, 15, 17, 19)))) % 89 == 0: return f"{x[:2]} {x[2:5]} {x[5:8]} {x[8:]}"
def vin():
    A = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"; v = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", (1,2,3,4,5,6,7,8,1,2,3,4,5,7,9,2,3,4,5,6,7,8,9)))
    s = R.choice(["1HG", "1FT", "2T1", "5YJ", "WBA", "3VW", "KMH", "JTD", "WVW"]) + "".join(R.choice(A) for _ in range(5)) + "0" + R.choice("JKLMNPR") + R.choice(A) + dig(6)
    t = sum((int(c) if c.isdigit() else v[c]) * k for c, k in zip(s, (8,7,6,5,4,3,2,10,0,9,8,7,6,5,4,3,2))) % 11
    return s[:8] + ("X" if t == 10 else str(t)) + s[9:]
def imei(): s = R.choice(["35", "86", "01"]) + dig(12); return s + luhn(s)
def ean(): s = R.choice(["400", "501", "871", "761", "301"]) + dig(9); t = sum(int(c) * (3 if i % 2 else 1) for i, c in enumerate(s)); return s + str(-t % 10)
def btc():
    x = b"\x00" + R.getrandbits(160).to_bytes(20, "big"); x += hashlib.sha256(hashlib.sha256(x).digest()).digest()[:4]
    A = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"; k = int.from_bytes(x, "big"); s = ""
    while k: k, q = divmod(k, 58); s = A[q] + s
    return "1" * (len(x) - len(x.lstrip(b"\0"))) + s

# ---- secrets
def jwt(sub):
    e = lambda o: base64.urlsafe_b64encode(json.dumps(o, separators=(",", ":")).encode()).rstrip(b"=").decode()
    t = R.randint(1650000000, 1760000000)
    return e({"alg": R.choice(["HS256", "RS256"]), "typ": "JWT"}) + "." + e({"sub": str(sub), "iat": t, "exp": t + 3600}) + "." + b64(43, string.ascii_letters + string.digits + "-_")
def bcrypt(): return f"${R.choice(['2b','2a','2y'])}${R.choice(['10','12'])}$" + b64(53, "./" + string.ascii_letters + string.digits)
def argon(): return "$argon2id$v=19$m=65536,t=3,p=4$" + b64(22) + "$" + b64(43)
def pbkdf(): return f"pbkdf2_sha256${R.choice([260000,390000,600000])}${b64(22)}${b64(43)}="
def b62(k, q):
    A = string.digits + string.ascii_uppercase + string.ascii_lowercase; s = ""
    while k: k, x = divmod(k, 62); s = A[x] + s
    return s.rjust(q, "0")
def ghp(): s = b64(30); return "ghp_" + s + b62(zlib.crc32(s.encode()), 6)
def akia(): return R.choice(["AKIA", "AKIA", "ASIA"]) + b64(16, string.ascii_uppercase + "234567")
def awssec(): return b64(40, string.ascii_letters + string.digits + "/+")
def pem():
    der = bytes.fromhex("302e020100300506032b657004220420") + R.getrandbits(256).to_bytes(32, "big")
    return "-----BEGIN PRIVATE KEY-----\n" + base64.b64encode(der).decode() + "\n-----END PRIVATE KEY-----"
PWW = "Sommer Tiger Dragon Winter Harley Bluebird pepper Monkey sunflower Orbit Falcon coffee Jasper Maverick Puzzle banjo".split()
def pw(): return R.choice([R.choice(PWW) + str(R.randint(1, 2025)) + R.choice(["!", "", "#", "$"]), b64(12, string.ascii_letters + string.digits + "!@#%*-_"), R.choice(PWW).lower() + R.choice(PWW) + dig(2)])
def dsn():
    u, k = R.choice(["app_rw", "svc_report", "etl", "billing", "root"]), b64(14)
    return R.choice([f"postgresql://{u}:{k}@{host('.prod.internal')}:5432/{R.choice(['orders','crm','core'])}", f"mysql://{u}:{k}@{host('.prod.internal')}:3306/{R.choice(['shop','wp'])}", f"mongodb+srv://{u}:{k}@cl{n(0,9)}.{hexs(5)}.mongodb.net/events", f"Server={host()};Database=ERP;User Id={u};Password={k};"])

# ---- medicine (own lists)
DX = [("I10","Essential hypertension"),("E11.9","Type 2 diabetes mellitus without complications"),("J45.909","Unspecified asthma, uncomplicated"),("M54.50","Low back pain, unspecified"),("F41.1","Generalized anxiety disorder"),("F32.1","Major depressive disorder, single episode, moderate"),("K21.9","Gastro-esophageal reflux disease without esophagitis"),("N39.0","Urinary tract infection, site not specified"),("J06.9","Acute upper respiratory infection"),("E78.5","Hyperlipidemia, unspecified"),("I48.91","Atrial fibrillation, unspecified"),("N18.3","Chronic kidney disease, stage 3"),("C50.911","Malignant neoplasm of right female breast"),("G43.909","Migraine, unspecified"),("J44.1","COPD with acute exacerbation"),("L40.0","Psoriasis vulgaris"),("M17.11","Unilateral primary osteoarthritis, right knee"),("O80","Encounter for full-term uncomplicated delivery"),("S52.501A","Fracture of lower end of right radius"),("B20","HIV disease"),("F10.20","Alcohol dependence, uncomplicated"),("E03.9","Hypothyroidism, unspecified"),("I25.10","Coronary artery disease"),("K80.20","Gallstones without obstruction"),("G20","Parkinson's disease"),("H25.9","Age-related cataract"),("I63.9","Cerebral infarction, unspecified"),("D50.9","Iron deficiency anemia"),("A09","Infectious gastroenteritis"),("R07.9","Chest pain, unspecified")]
DXDE = [("I10.90","Essentielle Hypertonie"),("E11.90","Diabetes mellitus Typ 2"),("J44.99","COPD"),("M54.4","Lumboischialgie"),("F32.1","Mittelgradige depressive Episode"),("K35.8","Akute Appendizitis"),("I48.0","Vorhofflimmern, paroxysmal"),("S72.01","Schenkelhalsfraktur"),("N20.0","Nierenstein"),("C61","Bösartige Neubildung der Prostata"),("G40.2","Fokale Epilepsie"),("J18.9","Pneumonie")]
DXFR = [("I10","Hypertension essentielle"),("E11.9","Diabète de type 2"),("J45.9","Asthme"),("M51.1","Sciatique par hernie discale"),("F33.1","Trouble dépressif récurrent"),("K40.9","Hernie inguinale"),("N18.4","Insuffisance rénale chronique"),("C34.1","Tumeur maligne du poumon")]
DXES = [("I10","Hipertensión arterial"),("E11.9","Diabetes mellitus tipo 2"),("J20.9","Bronquitis aguda"),("K29.7","Gastritis"),("F41.9","Trastorno de ansiedad"),("O14.9","Preeclampsia"),("M79.7","Fibromialgia"),("A90","Dengue")]
MED = "Lisinopril 10 mg tablet;Metformin 500 mg tab;Atorvastatin 40 mg;Amlodipine 5 mg oral tablet;Sertraline 50 mg;Omeprazole 20 mg capsule;Albuterol HFA 90 mcg inhaler;Levothyroxine 75 mcg;Gabapentin 300 mg;Hydrochlorothiazide 25 mg;Warfarin 2.5 mg;Apixaban 5 mg;Prednisone 10 mg;Amoxicillin 500 mg;Insulin glargine 100 U/mL;Furosemide 40 mg;Escitalopram 10 mg;Oxycodone 5 mg;Lorazepam 0.5 mg;Methotrexate 2.5 mg;Tamoxifen 20 mg;Clopidogrel 75 mg;Montelukast 10 mg;Quetiapine 25 mg;Ondansetron 4 mg ODT".split(";")
MEDEU = "Ramipril 5 mg Tabletten;Metoprololsuccinat 47,5 mg;Pantoprazol 40 mg;Ibuprofen 600;Bisoprolol 2,5 mg;Simvastatin 20 mg;L-Thyroxin 50;Torasemid 10 mg;Novaminsulfon Tropfen;Candesartan 8 mg;Tilidin 50/4 retard".split(";")
CPT = [("99213","Office visit, established patient, low complexity"),("99214","Office visit, established patient, moderate"),("93000","Electrocardiogram, complete"),("71046","Chest X-ray, 2 views"),("80053","Comprehensive metabolic panel"),("85025","Complete blood count with differential"),("45378","Diagnostic colonoscopy"),("27447","Total knee arthroplasty"),("90834","Psychotherapy, 45 minutes"),("20610","Arthrocentesis, major joint"),("36415","Venipuncture"),("66984","Cataract extraction with IOL"),("97110","Therapeutic exercises"),("59400","Routine obstetric care"),("70553","MRI brain with and without contrast"),("43239","Upper GI endoscopy with biopsy"),("99285","Emergency department visit, high severity"),("D2740","Crown, porcelain/ceramic"),("D1110","Adult prophylaxis"),("G0439","Annual wellness visit")]
OPS = [("5-470.11","Appendektomie, laparoskopisch"),("8-836.00","Angioplastie"),("5-820.00","Hüft-TEP"),("3-200","Native CT des Schädels"),("1-632.0","ÖGD"),("5-511.11","Cholezystektomie, laparoskopisch"),("8-930","Monitoring"),("9-260","Entbindung, normal")]
LAB = [("2345-7","Glucose","mg/dL",60,220),("718-7","Hemoglobin","g/dL",8,17),("2160-0","Creatinine","mg/dL",0.5,3),("4548-4","Hemoglobin A1c","%",4.5,11),("2951-2","Sodium","mmol/L",130,148),("2823-3","Potassium","mmol/L",3,6),("3016-3","TSH","mIU/L",0.2,9),("13457-7","LDL cholesterol","mg/dL",50,220),("1742-6","ALT","U/L",8,120),("777-3","Platelets","10*3/uL",80,450)]
def dx(): return R.choice(DX)
def ndc(style="-"):
    a = R.choice(["00093", "00378", "00781", "16714", "65862", "68180", "31722", "00591", "43547"]); b = dig(4); c = R.choice(["01", "05", "10", "30", "90"])
    return f"{a}-{b}-{c}" if style else a + b + c

ORGS = "Brightwater Logistics;Halcyon Foods Ltd;Nordwind Energie GmbH;Cobalt Ridge Mining;Papillon Textiles SARL;Redstone Analytics;Kestrel Aviation;Morwen Pharma AG;Tessera Software;Oakline Furniture Co.;Silverbirch Hotels;Juniper & Wells LLP;Quarry Lane Press;Azul Maritima SA;Van Loon Bouw BV;Fjordtech AS;Polaris Hydraulics;Meridian Grain Co-op;Sundial Media;Baltic Timber Oy".split(";")
PROD = "Trail Running Shoe;Ceramic Mug 350ml;USB-C Hub 7-in-1;Oak Side Table;Organic Green Tea 50ct;Cordless Drill 18V;Wool Blend Scarf;LED Desk Lamp;Stainless Water Bottle;Bluetooth Speaker Mini;Yoga Mat 6mm;Cast Iron Skillet 26cm;Noise Cancelling Headset;Garden Hose 25m;Kids Rain Jacket;Notebook A5 dotted;Espresso Beans 1kg;Shower Filter;Bike Pump;Travel Adapter EU".split(";")
CITIES = "Rotterdam;Gdansk;Porto;Aarhus;Lyon;Denver;Osaka;Antwerp;Leipzig;Valencia;Tampere;Trieste;Halifax;Perth;Durban".split(";")
UA = ["Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36", "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148", "curl/8.5.0", "okhttp/4.12.0"]
def org(): return R.choice(ORGS)
def prod(): return R.choice(PROD)
def city(): return R.choice(CITIES)
def note(p):
    return R.choice([f"Called {p.full} on {p.phone}, left voicemail.", f"Please ship to {p.street}, {p.city} instead", f"{p.first} {p.last} asked for a copy by mail to {p.email}", f"spoke w/ {p.first} {p.last[0]}. re: late fee", "customer will call back", f"New number for Mr/Ms {p.last}: {p.phone2}"])
